/// Why a node cannot start or go on: one line for the person who runs it.
public struct NodeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    public let description: String

    /// An error that says `description`.
    public init(_ description: String) {
        self.description = description
    }
}
