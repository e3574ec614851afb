/// An Ethereum transaction of type 0 (EIP-155), 1 (EIP-2930) or 2 (EIP-1559), before its signature.
public struct Transaction: Hashable, Sendable {
    /// The transaction types that the ledger accepts.
    public enum Kind: UInt8, Sendable {
        /// The first form, with the chain id in its signature (EIP-155).
        case legacy = 0
        /// With an access list (EIP-2930).
        case accessList = 1
        /// With a fee cap and a priority fee (EIP-1559).
        case dynamicFee = 2
    }

    /// Storage that the transaction says it will use (EIP-2930); kept, without effect here.
    public struct AccessEntry: Hashable, Sendable {
        /// The contract.
        public var address: Address
        /// The storage slots.
        public var slots: [Hash32]

        public init(address: Address, slots: [Hash32]) {
            self.address = address
            self.slots = slots
        }
    }

    /// The transaction's type.
    public var kind: Kind
    /// The chain that it is for.
    public var chainID: UInt64
    /// How many transactions the sender had before.
    public var nonce: UInt64
    /// The priority fee a gas, of type 2; the gas price of the others.
    public var maxPriorityFeePerGas: UInt256
    /// The most that the sender pays a gas; the gas price of types 0 and 1. Gas costs nothing here.
    public var maxFeePerGas: UInt256
    /// The most gas that it may use.
    public var gasLimit: UInt64
    /// The contract or account called; nil would create a contract, which the ledger refuses.
    public var to: Address?
    /// The native coin sent along; there is none here, so anything but zero is refused.
    public var value: UInt256
    /// The call's ABI-encoded data.
    public var data: Bytes
    /// The access list, of types 1 and 2.
    public var accessList: [AccessEntry]

    /// A call of `to` at gas price 0, as the node's own programs make them.
    public init(
        kind: Kind = .dynamicFee, chainID: UInt64, nonce: UInt64, gasLimit: UInt64 = 1_000_000,
        to: Address?, value: UInt256 = .zero, data: Bytes
    ) {
        self.kind = kind
        self.chainID = chainID
        self.nonce = nonce
        self.gasLimit = gasLimit
        self.to = to
        self.value = value
        self.data = data
        maxPriorityFeePerGas = .zero
        maxFeePerGas = .zero
        accessList = []
    }

    /// What the sender's key signs (EIP-155, EIP-2718).
    public var signingHash: Hash32 {
        var fields = fields
        switch kind {
        case .legacy:
            fields.number(chainID)
            fields.bytes([])
            fields.bytes([])
            return Keccak256.hash(fields.encoded)
        case .accessList, .dynamicFee:
            return Keccak256.hash(fields.encoded(after: [kind.rawValue]))
        }
    }

    /// The fields in their order, without a signature.
    var fields: RLPList {
        var list = RLPList(capacity: 256 + data.count)
        if kind != .legacy { list.number(chainID) }
        list.number(nonce)
        if kind == .dynamicFee { list.bytes(maxPriorityFeePerGas.minimalBytes) }
        list.bytes(maxFeePerGas.minimalBytes)
        list.number(gasLimit)
        list.bytes(to?.bytes ?? [])
        list.bytes(value.minimalBytes)
        list.bytes(data)
        if kind != .legacy { list.encodedItem(RLP.list(of: accessList).encoded) }
        return list
    }

    /// The transaction with `signer`'s signature.
    public func signed(by signer: some Signer) -> SignedTransaction {
        SignedTransaction(transaction: self, signature: signer.sign(signingHash))
    }
}
