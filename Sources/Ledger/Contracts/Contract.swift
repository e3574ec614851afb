import Protocol

/// A contract that every node runs itself: all that the rest of the ledger must know of it.
///
/// Whatever else belongs to a contract, its call data, events, records and rules, stands in its own
/// folder. A new one is a folder like these and a line in ``Contracts``.
protocol Contract: SendableMetatype {
    associatedtype Function: NativeFunction

    /// Its name, where it stands, and what it offers to callers.
    static var abi: ContractABI { get }
    /// The tables of the state that are its own.
    static var tables: [StateTable] { get }

    /// Carries out `function` for the run's sender and gives its results.
    static func perform(
        _ function: Function, _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) -> [ABIValue]

    /// Runs the function that `data` calls and gives its encoded results.
    static func call(_ data: Bytes, in run: inout BlockExecutor) throws(Revert) -> Bytes

    /// Throws if no chain can begin with what `genesis` says about the contract's matters.
    static func check(_ genesis: Genesis) throws(GenesisError)

    /// Writes what the contract holds when the chain begins.
    static func begin(_ genesis: Genesis, in overlay: inout StateOverlay)
}

extension Contract {
    // A requirement nevertheless, so that each contract has its own, specialized one.
    static func call(_ data: Bytes, in run: inout BlockExecutor) throws(Revert) -> Bytes {
        var (function, arguments) = try Function.table.read(data, of: abi.name)
        // ERC-165: no contract claims an interface.
        guard let function else { return ABI.encode([.bool(false)]) }
        return ABI.encode(try perform(function, &arguments, in: &run))
    }

    static func check(_ genesis: Genesis) throws(GenesisError) {}

    static func begin(_ genesis: Genesis, in overlay: inout StateOverlay) {}
}

enum Contracts {
    /// Every contract, in the order of their addresses.
    static let all: [any Contract.Type] = [
        MarketContract.self, TokenContract.self, CommunityContract.self, ValidatorsContract.self,
    ]

    static func at(_ address: Address) -> (any Contract.Type)? { byAddress[address] }

    private static let byAddress = Dictionary(
        uniqueKeysWithValues: all.map { ($0.abi.address, $0) })
}

extension Address {
    /// Whether a contract stands at the address.
    var isReserved: Bool { Contracts.at(self) != nil }
}
