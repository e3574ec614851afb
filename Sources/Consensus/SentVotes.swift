import Protocol

/// Everything that this validator has signed and is bound to, as its safety records tell.
struct SentVotes: Sendable {
    private struct Slot: Hashable {
        let height: UInt64
        let round: UInt32
        let kind: ConsensusMessage.Kind
    }

    private var votes: [Slot: ConsensusMessage] = [:]
    private var preparedBlocks: [UInt64: PreparedBlock] = [:]

    init(_ records: [SafetyRecord]) {
        for record in records {
            switch record {
            case .vote(let message):
                if vote(message.kind, height: message.height, round: message.round) == nil {
                    insert(message)
                }
            case .prepared(let prepared): insert(prepared)
            }
        }
    }

    /// What was signed of `kind` for `height` and `round`.
    func vote(
        _ kind: ConsensusMessage.Kind, height: UInt64, round: UInt32
    ) -> ConsensusMessage? {
        votes[Slot(height: height, round: round, kind: kind)]
    }

    /// The block of `height` that was prepared last.
    func preparedBlock(height: UInt64) -> PreparedBlock? { preparedBlocks[height] }

    /// Everything signed for `height`, by round and kind.
    func messages(height: UInt64) -> [ConsensusMessage] {
        votes.values.filter { $0.height == height }.sorted {
            ($0.round, $0.kind) < ($1.round, $1.kind)
        }
    }

    /// The round that the records of `height` lead to; nil if there are none.
    func round(height: UInt64) -> UInt32? {
        let voted = messages(height: height).last?.round
        guard let prepared = preparedBlocks[height]?.round else { return voted }
        return max(prepared, voted ?? prepared)
    }

    /// Keeps what was signed.
    mutating func insert(_ message: ConsensusMessage) {
        votes[Slot(height: message.height, round: message.round, kind: message.kind)] = message
    }

    /// Keeps what was prepared, if it is the highest of its height.
    mutating func insert(_ prepared: PreparedBlock) {
        let height = prepared.block.number
        if let known = preparedBlocks[height], known.round > prepared.round { return }
        preparedBlocks[height] = prepared
    }

    /// Lets go of the heights that are final.
    mutating func forget(below height: UInt64) {
        votes = votes.filter { $0.key.height >= height }
        preparedBlocks = preparedBlocks.filter { $0.key >= height }
    }
}
