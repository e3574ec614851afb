public import Protocol

/// What a native contract offers to callers: its functions and events, as its published ABI.
public struct ContractABI: Hashable, Sendable {
    /// The contract's name.
    public let name: String
    /// Where it stands.
    public let address: Address
    /// Its functions.
    public let functions: [ABIFunction]
    /// Its events.
    public let events: [ABIEvent]

    /// EnergyMarket: offers, trades, proofs of delivery.
    public static let market = ContractABI(
        name: "EnergyMarket", address: NativeContract.market,
        functions: MarketFunction.table.definitions, events: MarketEvent.definitions)
    /// EnergyToken: the community's token (ERC-20).
    public static let token = ContractABI(
        name: "EnergyToken", address: NativeContract.token,
        functions: TokenFunction.table.definitions, events: TokenEvent.definitions)
    /// Community: members, roles, meters.
    public static let community = ContractABI(
        name: "Community", address: NativeContract.community,
        functions: CommunityFunction.table.definitions, events: CommunityEvent.definitions)
    /// Validators: who decides on blocks.
    public static let validators = ContractABI(
        name: "Validators", address: NativeContract.validators,
        functions: ValidatorsFunction.table.definitions, events: [])

    /// Every native contract, in the order of their addresses.
    public static let all = [market, token, community, validators]

    /// The contract at `address`, or nil.
    public static func at(_ address: Address) -> ContractABI? {
        all.first { $0.address == address }
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
    public static func revertReason(in data: Bytes) -> String? {
        guard data.starts(with: errorSelector),
            let values = try? ABI.decode([.string], from: Array(data.dropFirst(4)))
        else { return nil }
        return values.first?.text
    }
}
