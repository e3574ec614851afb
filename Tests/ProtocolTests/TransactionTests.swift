import Protocol
import Synchronization
import TestKit
import Testing

@Suite struct TransactionTests {
    /// The example of EIP-155: nonce 9, 20 gwei, 21000 gas, 1 ether, chain 1, key 0x4646…46.
    static let example: Transaction = {
        var transaction = Transaction(
            kind: .legacy, chainID: 1, nonce: 9, gasLimit: 21_000,
            to: Address(hexadecimal: String(repeating: "35", count: 20)),
            value: UInt256(1_000_000_000_000_000_000), data: [])
        transaction.maxFeePerGas = UInt256(20_000_000_000)
        transaction.maxPriorityFeePerGas = UInt256(20_000_000_000)
        return transaction
    }()
    static let encoded =
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
        + "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761a"
        + "ecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"

    @Test func `EIP-155's example signs and encodes to its published bytes`() throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 0x46, count: 32)))
        #expect(
            Self.example.signingHash.description
                == "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53")
        #expect(Hexadecimal.encode(Self.example.signed(by: key).encoded) == Self.encoded)
    }

    /// Remembers one transaction under whatever hash it is asked for.
    private struct Confused: SignatureScheme {
        let remembered: VerifiedTransaction

        func signer(of signature: Signature, over digest: Hash32) -> Address? {
            Secp256k1().signer(of: signature, over: digest)
        }
        func verified(_ leaf: Hash32) -> VerifiedTransaction? { remembered }
    }

    @Test func `what a scheme remembers is taken for its own bytes alone`() throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 0x47, count: 32)))
        var transactions = (UInt64(0)..<2).map { nonce -> Bytes in
            var transaction = Self.example
            transaction.nonce = nonce
            return transaction.signed(by: key).encoded
        }
        let first = try VerifiedTransaction(decoding: transactions[0])
        let scheme = Confused(remembered: first)
        for (nonce, bytes) in transactions.enumerated() {
            let read = try VerifiedTransaction(decoding: bytes, scheme: scheme)
            #expect(read.encoded == bytes && read.transaction.nonce == UInt64(nonce))
            #expect(read.hash == Keccak256.hash(bytes) && read.sender == key.address)
        }
        transactions[1][20] ^= 1
        #expect(
            (try? VerifiedTransaction(decoding: transactions[1], scheme: scheme))?.sender
                != key.address)
    }

    /// Remembers every transaction that it is told of.
    private final class Attentive: SignatureScheme {
        private let told = Mutex<[VerifiedTransaction]>([])

        var all: [VerifiedTransaction] { told.withLock { $0 } }

        func signer(of signature: Signature, over digest: Hash32) -> Address? {
            Secp256k1().signer(of: signature, over: digest)
        }
        func verified(_ leaf: Hash32) -> VerifiedTransaction? {
            told.withLock { $0.first { $0.leafHash == leaf } }
        }
        func note(_ transaction: VerifiedTransaction) { told.withLock { $0.append(transaction) } }
    }

    @Test func `a scheme is told once of each transaction that it has verified, and of no other`()
        throws
    {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 0x47, count: 32)))
        let bytes = Self.example.signed(by: key).encoded
        let scheme = Attentive()
        for _ in 0..<2 { _ = try VerifiedTransaction(decoding: bytes, scheme: scheme) }
        // An r above the order of the curve is nobody's.
        let forged =
            bytes.prefix(bytes.count - 65) + Bytes(repeating: 0xff, count: 32) + bytes.suffix(33)
        #expect(throws: MalformedBytes.self) {
            _ = try VerifiedTransaction(decoding: Bytes(forged), scheme: scheme)
        }
        #expect(scheme.all.map(\.encoded) == [bytes])
    }

    @Test(arguments: [1 << 62, 1 << 63, UInt64.max - 1, .max])
    func `a legacy transaction for a chain near 2^64 is written, and read or refused`(
        chainID: UInt64
    ) throws {
        var transaction = Self.example
        transaction.chainID = chainID
        let key = try #require(PrivateKey(secret: Bytes(repeating: 0x46, count: 32)))
        let signed = transaction.signed(by: key)
        let fits = chainID < 1 << 63
        #expect((signed.v.minimalBytes.count <= 8) == fits)
        let read = try? SignedTransaction(decoding: signed.encoded)
        #expect(read == (fits ? signed : nil))
    }

    @Test func `EIP-155's example decodes to its sender`() throws {
        let bytes = try #require(Hexadecimal.decode(Self.encoded))
        let verified = try VerifiedTransaction(decoding: bytes)
        #expect(verified.transaction == Self.example)
        #expect(verified.sender.checksummed == "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")
    }

    @Test(arguments: [Transaction.Kind.legacy, .accessList, .dynamicFee])
    func `every type comes back as it was signed`(kind: Transaction.Kind) throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 7, count: 32)))
        var transaction = Transaction(
            kind: kind, chainID: 70_007, nonce: 3, to: NativeContract.market,
            data: Bytes(0..<100))
        if kind != .legacy {
            transaction.accessList = [.init(address: NativeContract.token, slots: [.zero])]
        }
        let signed = transaction.signed(by: key)
        let verified = try VerifiedTransaction(decoding: signed.encoded)
        #expect(verified.transaction == transaction)
        #expect(verified.sender == key.address)
        #expect(verified.encoded == signed.encoded)
    }

    @Test func `a signature with s in the upper half is refused`() throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 7, count: 32)))
        let signed = Self.example.signed(by: key)
        let high = Self.order(minus: signed.signature.s)
        let mirrored = SignedTransaction(
            transaction: Self.example,
            signature: Signature(
                r: signed.signature.r, s: high, yParity: !signed.signature.yParity))
        let error = #expect(throws: MalformedBytes.self) {
            try VerifiedTransaction(decoding: mirrored.encoded)
        }
        #expect(error?.reason.contains("upper half") == true)
    }

    @Test func `trailing bytes, a missing chain id and unknown types are refused`() throws {
        let bytes = try #require(Hexadecimal.decode(Self.encoded))
        #expect(throws: MalformedBytes.self) { try SignedTransaction(decoding: bytes + [0]) }
        #expect(throws: MalformedBytes.self) { try SignedTransaction(decoding: []) }
        #expect(throws: MalformedBytes.self) { try SignedTransaction(decoding: [0x03, 0xc0]) }
        #expect(throws: MalformedBytes.self) { try SignedTransaction(decoding: [0x00, 0xc0]) }
        var fields = try #require(RLP(decoding: bytes).items)
        fields[6] = .number(27 as UInt64)
        let error = #expect(throws: MalformedBytes.self) {
            try SignedTransaction(decoding: RLP.list(fields).encoded)
        }
        #expect(error?.reason.contains("replay-protected") == true)
    }

    /// The order of secp256k1 less `s`.
    private static func order(minus s: UInt256) -> UInt256 {
        let half = Signature.halfOrder.word.bytes
        var borrow = 0
        var bytes = Bytes(repeating: 0, count: 32)
        var double = Bytes(repeating: 0, count: 32)
        var carry = 1
        for index in half.indices.reversed() {
            let sum = Int(half[index]) * 2 + carry
            double[index] = UInt8(sum & 255)
            carry = sum >> 8
        }
        for index in half.indices.reversed() {
            let difference = Int(double[index]) - Int(s.word.bytes[index]) - borrow
            bytes[index] = UInt8((difference + 256) & 255)
            borrow = difference < 0 ? 1 : 0
        }
        return UInt256(bigEndian: bytes) ?? .zero
    }
}
