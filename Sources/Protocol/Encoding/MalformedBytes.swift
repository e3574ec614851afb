/// Why bytes from outside were not what they should be.
public struct MalformedBytes: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, for the one who sent the bytes.
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
