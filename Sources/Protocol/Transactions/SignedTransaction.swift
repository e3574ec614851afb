/// A transaction with a signature that nobody has checked yet.
///
/// ```swift
/// let call = Transaction(chainID: 7, nonce: 0, to: NativeContract.market, data: data)
/// let bytes = call.signed(by: key).encoded
/// let signed = try SignedTransaction(decoding: bytes)
/// try VerifiedTransaction(signed).sender == key.address  // true
/// ```
public struct SignedTransaction: Hashable, Sendable {
    /// What was signed.
    public let transaction: Transaction
    /// Its signature.
    public let signature: Signature

    public init(transaction: Transaction, signature: Signature) {
        self.transaction = transaction
        self.signature = signature
    }

    /// The canonical bytes (EIP-2718), as `eth_sendRawTransaction` takes them.
    public var encoded: Bytes {
        let isLegacy = transaction.kind == .legacy
        var fields = transaction.fields
        if isLegacy {
            fields.bytes(v.minimalBytes)
        } else {
            fields.number(parity)
        }
        fields.bytes(signature.r.minimalBytes)
        fields.bytes(signature.s.minimalBytes)
        return isLegacy ? fields.encoded : fields.encoded(after: [transaction.kind.rawValue])
    }

    /// The parity of the signature, in a legacy transaction with the chain id (EIP-155): of one that
    /// is near 2⁶⁴ it takes more than 64 bits, which no reader of ``init(decoding:)`` takes.
    public var v: UInt256 {
        guard transaction.kind == .legacy else { return UInt256(parity) }
        let v = UInt128(transaction.chainID) * 2 + 35 + UInt128(parity)
        return withUnsafeBytes(of: v.bigEndian) { UInt256(bigEndian: $0) } ?? .zero
    }

    private var parity: UInt64 { signature.yParity ? 1 : 0 }
}

extension SignedTransaction {
    /// Reads the canonical bytes.
    ///
    /// Throws for an unknown type, for a transaction without a chain id, for an s in the upper
    /// half, for trailing or non-canonical bytes, and above ``Limits/transactionBytes``.
    public init(decoding bytes: Bytes) throws(MalformedBytes) {
        guard bytes.count <= Limits.transactionBytes else {
            throw MalformedBytes("transaction: longer than \(Limits.transactionBytes) bytes")
        }
        guard let first = bytes.first else { throw MalformedBytes("transaction: empty") }
        if first >= 0xc0 {
            try self.init(legacy: RLP(decoding: bytes))
        } else {
            guard let kind = Transaction.Kind(rawValue: first), kind != .legacy else {
                throw MalformedBytes("transaction type not supported")
            }
            try self.init(typed: kind, RLP(decoding: Array(bytes.dropFirst())))
        }
        guard signature.hasLowS else {
            throw MalformedBytes("invalid transaction v, r, s values: s is in the upper half")
        }
    }

    private init(legacy item: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(item, of: "transaction")
        var transaction = Transaction(
            kind: .legacy, chainID: 0, nonce: try fields.number(), to: nil, data: [])
        transaction.maxFeePerGas = try fields.uint256()
        transaction.maxPriorityFeePerGas = transaction.maxFeePerGas
        try transaction.readCall(from: &fields)
        let v = try fields.number(UInt64.self)
        guard v >= 35 else {
            throw MalformedBytes("only replay-protected (EIP-155) transactions allowed over RPC")
        }
        transaction.chainID = (v - 35) / 2
        signature = Signature(
            r: try fields.uint256(), s: try fields.uint256(), yParity: (v - 35) % 2 == 1)
        try fields.end()
        self.transaction = transaction
    }

    private init(typed kind: Transaction.Kind, _ item: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(item, of: "transaction")
        var transaction = Transaction(
            kind: kind, chainID: try fields.number(), nonce: try fields.number(), to: nil, data: [])
        transaction.maxPriorityFeePerGas = try fields.uint256()
        transaction.maxFeePerGas =
            kind == .dynamicFee ? try fields.uint256() : transaction.maxPriorityFeePerGas
        try transaction.readCall(from: &fields)
        transaction.accessList = try fields.list(atMost: 1_000)
        let parity = try fields.flag()
        signature = Signature(r: try fields.uint256(), s: try fields.uint256(), yParity: parity)
        try fields.end()
        self.transaction = transaction
    }
}

extension Transaction {
    fileprivate mutating func readCall(from fields: inout RLPFields) throws(MalformedBytes) {
        gasLimit = try fields.number()
        let target = try fields.bytes()
        to = Address(bytes: target)
        guard to != nil || target.isEmpty else {
            throw MalformedBytes("transaction: the recipient has 20 bytes or none")
        }
        value = try fields.uint256()
        data = try fields.bytes()
    }
}

extension Transaction.AccessEntry: RLPDecodable {
    public var rlp: RLP { .list([address.item, .list(slots.map(\.item))]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "access list")
        address = try fields.address()
        slots = try fields.list(atMost: 1_000)
        try fields.end()
    }
}
