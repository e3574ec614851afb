public import Protocol

/// What the validators agree about: the chain and its pool, as far as agreement asks them.
///
/// All answers are about a block on the last final one, the parent of the current height.
public protocol Application {
    /// Whether something waits to be put into a block. It must become false once everything that
    /// could be included is, or the validators make empty blocks for ever.
    var hasWork: Bool { get }

    /// Whether some of it need not wait for more to come: then a new block is proposed after
    /// ``HeightContext/leastPause`` instead of ``HeightContext/pause``.
    var hasUrgentWork: Bool { get }

    /// A new block at `timestamp` by `proposer`, empty if there is nothing to include; nil if none
    /// can be made.
    mutating func buildBlock(at timestamp: Timestamp, proposer: Address) -> Block?

    /// Why `block` is not valid on the last final one: its links, execution, roots, and a time
    /// neither before its parent's nor more than ``Limits/futureMilliseconds`` after `now`. Nil if
    /// it is valid. Who may propose it, and whether it may be empty, is not asked here.
    mutating func validate(_ block: Block, at now: Timestamp) -> BlockRefusal?
}

/// Why a block is not valid.
public struct BlockRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, for logs.
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
