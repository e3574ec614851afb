public import Protocol

/// What a native contract offers to callers: its functions and events, as its published ABI.
///
/// ```swift
/// let data = MarketCall.pickOffer(OfferID(7))
/// let function = ContractABI.market.functions.first { data.starts(with: $0.selector) }
/// function?.signature               // "pickOffer(uint32)"
/// try function?.arguments(in: data) // [.number(7 as UInt32)]
/// ```
public struct ContractABI: Hashable, Sendable {
    /// The contract's name.
    public let name: String
    /// Where it stands.
    public let address: Address
    /// Its functions.
    public let functions: [ABIFunction]
    /// Its events.
    public let events: [ABIEvent]

    /// Every native contract, in the order of their addresses.
    public static let all = Contracts.all.map { $0.abi }

    /// The contract at `address`, or nil.
    public static func at(_ address: Address) -> ContractABI? {
        Contracts.at(address)?.abi
    }
}

extension ContractABI {
    /// The selector of Solidity's `Error(string)`.
    private static let errorSelector: Bytes = [0x08, 0xc3, 0x79, 0xa0]

    /// The data of a call that reverted for `reason`: Solidity's `Error(string)`.
    public static func revertData(reason: String) -> Bytes {
        errorSelector + ABI.encode([.string(reason)])
    }

    /// The reason in the data of a call that reverted; nil if they are no `Error(string)`.
    public static func revertReason(in data: Bytes) -> UntrustedText? {
        guard data.starts(with: errorSelector),
            let values = try? ABI.decode([.string], from: Array(data.dropFirst(4)))
        else { return nil }
        return values.first?.text
    }
}
