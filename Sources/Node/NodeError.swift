/// Why a node cannot start or go on: one line for the person who runs it.
package struct NodeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
