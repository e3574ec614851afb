package import Protocol

/// A transaction's way through one node: when it reached each stage, by that node's own clock.
package struct TransactionTrace: Hashable, Sendable {
    /// Of how many transactions a node remembers the way: more than wait in a full pool.
    package static let remembered = 8_192

    /// The stages in the order in which a transaction reaches them.
    package enum Stage: String, Hashable, Sendable, CaseIterable {
        /// Its bytes were there: in a client's request, in a peer's message that was let in, or as the
        /// node's own role had signed them.
        case accepted
        /// They were read, and its sender's signature checked.
        case verified
        /// The pool had it.
        case pooled
        /// At a validator: the proposal of its block was made here, or had come and was checked.
        case proposed
        /// At a validator: a quorum accepted that proposal, and the block is bound to be repeated.
        case prepared
        /// Its block had a quorum's seals.
        case final
        /// The block and what comes of it were on the disk.
        case stored
        /// Clients that listen or wait, and the linked peers, had been told.
        case told
    }

    /// From where it came first.
    package enum Source: String, Hashable, Sendable, CaseIterable {
        /// A program handed it in at this node.
        case client
        /// Another node sent it.
        case peer
        /// This node's own role made it.
        case role
    }

    /// A stage that was reached.
    package struct Reached: Hashable, Sendable {
        package let stage: Stage
        /// When, in microseconds since 1970.
        package let microseconds: UInt64

        package init(_ stage: Stage, microseconds: UInt64) {
            self.stage = stage
            self.microseconds = microseconds
        }
    }

    /// The final block that has it.
    package struct Place: Hashable, Sendable {
        package let number: UInt64
        /// The round in which it became final.
        package let round: UInt32

        package init(number: UInt64, round: UInt32) {
            self.number = number
            self.round = round
        }
    }

    /// The transaction's name.
    package let hash: Hash32
    /// From where it came; nil if this node saw it in a final block only.
    package let source: Source?
    /// Its block; nil while it has none.
    package let block: Place?
    /// The stages that it has reached here, in their order.
    package let stages: [Reached]

    package init(hash: Hash32, source: Source?, block: Place?, stages: [Reached]) {
        self.hash = hash
        self.source = source
        self.block = block
        self.stages = stages
    }
}
