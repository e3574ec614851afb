import Protocol
import Synchronization
import TestKit
import Testing

/// In which order a final block is read: what costs most comes last.
@Suite struct `A final block that a peer hands over` {
    private static let key = PlainKey(address: Address(reserved: 1))
    private let scheme = CountingScheme()
    private let final: FinalBlock

    init() throws {
        let transactions = try (0..<5).map { nonce in
            try VerifiedTransaction(
                Transaction(chainID: 7, nonce: UInt64(nonce), to: NativeContract.market, data: [])
                    .signed(by: Self.key), scheme: PlainScheme())
        }
        let header = BlockHeader(
            parentHash: .zero, number: 4, timestamp: Timestamp(milliseconds: 1), proposer: .zero,
            stateRoot: .zero, transactionsRoot: Block.transactionsRoot(of: transactions),
            receiptsRoot: .zero, logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
        final = FinalBlock(
            block: Block(header: header, transactions: transactions),
            certificate: Certificate(round: 3, seals: [Self.key.sign(header.hash)]))
    }

    /// How a block may come.
    enum Way: CaseIterable, Sendable {
        case whole, answer

        func message(_ final: FinalBlock) -> WireMessage {
            .replica(self == .whole ? .finalBlock(final) : .blocks([final]))
        }
    }

    private func read(_ message: WireMessage, isFinal: Bool) throws -> WireMessage {
        try WireMessage(decoding: message.encoded, scheme: scheme) { header, certificate in
            #expect(header == final.block.header)
            #expect(certificate == final.certificate)
            return isFinal
        }
    }

    @Test(arguments: Way.allCases)
    func `M60: is not read any further if its seals do not hold`(way: Way) {
        #expect(throws: MalformedBytes.self) {
            try read(way.message(final), isFinal: false)
        }
        #expect(scheme.count == 0)
    }

    @Test(arguments: Way.allCases)
    func `M61: costs no signature if its header is about other transactions`(way: Way) {
        let altered = FinalBlock(
            block: Block(
                header: final.block.header, transactions: final.block.transactions.dropLast()),
            certificate: final.certificate)
        #expect(throws: MalformedBytes.self) {
            try read(way.message(altered), isFinal: true)
        }
        #expect(scheme.count == 0)
    }

    @Test(arguments: Way.allCases)
    func `is read, its senders recovered once each, if all that holds`(way: Way) throws {
        #expect(try read(way.message(final), isFinal: true) == way.message(final))
        #expect(scheme.count == 5)
    }
}

/// ``PlainScheme``, which counts the signers that it recovers.
private final class CountingScheme: SignatureScheme {
    private let recovered = Mutex(0)

    var count: Int { recovered.withLock { $0 } }

    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        recovered.withLock { $0 += 1 }
        return PlainScheme().signer(of: signature, over: digest)
    }
}
