import Consensus
import Ledger
import Protocol
import Replica

/// A node's disk: what was stored is there after a crash, each effect wholly or not at all.
struct SimulatedStore {
    /// The final blocks from height 1 on.
    private(set) var blocks: [FinalBlock] = []
    private(set) var chain: StoredChain

    init(genesis: StoredChain) {
        chain = genesis
    }

    var height: UInt64 { chain.head.block.number }

    mutating func persist(_ record: SafetyRecord) {
        chain.records.append(record)
    }

    mutating func persist(_ standing: VotingStanding) {
        chain.standing = standing
    }

    mutating func commit(_ committed: CommittedBlock) {
        chain.head = committed.final
        chain.headDecidedBy = committed.decidedBy
        chain.state = committed.state
        let obsolete = committed.obsoleteRecordHeight
        chain.records.removeAll { $0.height <= obsolete }
        blocks.append(committed.final)
    }

    /// The final blocks from `height` on, up to `count`.
    func read(from height: UInt64, count: UInt64) -> [FinalBlock] {
        guard height > 0, height <= UInt64(blocks.count) else { return [] }
        let start = Int(height - 1)
        return Array(blocks[start..<min(blocks.count, start + Int(count))])
    }
}
