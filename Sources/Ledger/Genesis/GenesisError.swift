/// Why no chain can begin with a genesis.
public struct GenesisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and with what.
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { "genesis: \(reason)" }
}
