import Consensus
import Ledger
import Protocol
import Replica

/// A node's disk. What was synced is there after a crash: blocks each wholly or not at all, as a
/// database's transactions are; votes as bytes, whose last entry may be torn.
struct SimulatedStore {
    /// The final blocks from height 1 on.
    private(set) var blocks: [FinalBlock] = []
    /// The last block and the state after it.
    private var chain: StoredChain
    private(set) var journal = VoteJournal()
    /// What was stored last of the voting right.
    private(set) var votingRight = VotingRight.unknown

    /// A disk with nothing but the genesis.
    init(genesis: StoredChain) {
        chain = genesis
    }

    /// The disk of a validator with the genesis and a key that has never voted.
    static func unused(genesis: StoredChain) -> SimulatedStore {
        var store = SimulatedStore(genesis: genesis)
        store.persist(.established)
        return store
    }

    var height: UInt64 { chain.head.block.number }
    var head: FinalBlock { chain.head }
    /// The root of the state after the last block.
    var stateRoot: Hash32 { chain.state.root }

    mutating func persist(_ record: SafetyRecord) {
        journal.append(record)
    }

    mutating func persist(_ votingRight: VotingRight) {
        journal.append(votingRight)
        self.votingRight = votingRight
    }

    /// Gets as far with storing `record` as `part` makes of the number of bytes. Returns whether
    /// it is stored.
    mutating func tear(_ record: SafetyRecord, _ part: (Int) -> Int) -> Bool {
        journal.tear(record, part)
    }

    /// Gets as far with storing `votingRight` as `part` makes of the number of bytes. Returns whether
    /// it is stored.
    mutating func tear(_ votingRight: VotingRight, _ part: (Int) -> Int) -> Bool {
        guard journal.tear(votingRight, part) else { return false }
        self.votingRight = votingRight
        return true
    }

    mutating func commit(_ committed: CommittedBlock) {
        chain.head = committed.final
        chain.headDecidedBy = committed.decidedBy
        chain.state = committed.state
        journal.forget(upTo: committed.obsoleteRecordHeight)
        blocks.append(committed.final)
    }

    /// What a node that starts finds: the torn end of the journal is cut off. Nil if the journal
    /// holds less than was synced, or what nobody stored.
    mutating func recover() -> (chain: StoredChain, torn: Int)? {
        let synced = journal.count
        guard let content = try? journal.recover(), content.count == synced else { return nil }
        var found = chain
        found.records = content.records
        found.votingRight = content.votingRight
        votingRight = content.votingRight
        return (found, content.torn)
    }

    /// Turns a bit of what is stored of votes, as a failing disk would.
    mutating func damageVotes(at index: Int) {
        journal.flip(at: index)
    }

    /// The final blocks from `height` on, up to `count`.
    func read(from height: UInt64, count: UInt64) -> [FinalBlock] {
        guard height > 0, height <= UInt64(blocks.count) else { return [] }
        let start = Int(height - 1)
        return Array(blocks[start..<min(blocks.count, start + Int(count))])
    }
}
