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
    var journal = VoteJournal()
    /// What was stored last of the voting right; nil if nothing was.
    private(set) var votingRight: VotingRight?
    /// What was kept of users' submissions.
    private var submissions: [KeptSubmission] = []
    /// How much was ever written to it.
    private var written: UInt64 = 0
    /// How much had been written when the mark beside it was written last: a file of its own, which
    /// does not shrink with the rest.
    private var mark: UInt64 = 0

    init(genesis: StoredChain) {
        chain = genesis
    }

    var height: UInt64 { chain.head.block.number }
    var head: FinalBlock { chain.head }
    /// The root of the state after the last block.
    var stateRoot: Hash32 { chain.state.root }

    mutating func persist(_ entry: VoteJournal.Entry) {
        journal.append(entry)
        if case .votingRight(let votingRight) = entry { self.votingRight = votingRight }
        noteWrite()
    }

    private mutating func noteWrite() {
        written += 1
        mark = written
    }

    /// Whether less is there than was once written.
    var hasForgotten: Bool { written < mark }

    /// Loses everything that came after `older`, or all where that is not older; the mark stays.
    mutating func truncate(to older: SimulatedStore?, genesis: StoredChain) {
        let mark = mark
        let isOlder = older.map { $0.written < written } ?? false
        self = isOlder ? older ?? self : SimulatedStore(genesis: genesis)
        self.mark = mark
    }

    /// Gets as far with storing `entry` as `part` makes of the number of bytes. Returns whether it is
    /// stored.
    mutating func tear(_ entry: VoteJournal.Entry, _ part: (Int) -> Int) -> Bool {
        guard journal.tear(entry, part) else { return false }
        if case .votingRight(let votingRight) = entry { self.votingRight = votingRight }
        written += 1
        return true
    }

    /// Keeps a user's submission. The process may end at any time, the power does not.
    mutating func keep(_ submission: KeptSubmission) { submissions.append(submission) }

    /// Lets go of all submissions but these.
    mutating func keepOnly(_ submissions: [KeptSubmission]) { self.submissions = submissions }

    mutating func commit(_ committed: CommittedBlock) {
        chain.head = committed.final
        chain.headDecidedBy = committed.decidedBy
        chain.state = committed.state
        journal.forget(upTo: committed.obsoleteRecordHeight)
        blocks.append(committed.final)
        noteWrite()
    }

    /// What a node that starts finds: the torn end of the journal is cut off. Nil if the journal
    /// holds less than was synced, or what nobody stored.
    mutating func recover() -> (chain: StoredChain, torn: Int)? {
        let synced = journal.count
        guard let content = try? journal.recover(), content.count == synced else { return nil }
        var found = chain
        found.records = content.records
        found.votingRight = content.votingRight
        found.submissions = submissions
        let own = blocks.suffix(BlockPace.remembered).map(BlockMark.init)
        found.recentBlocks = Array((chain.recentBlocks + own).suffix(BlockPace.remembered))
        votingRight = content.votingRight
        return (found, content.torn)
    }

    /// The final blocks from `height` on, up to `count`.
    func read(from height: UInt64, count: UInt64) -> [FinalBlock] {
        guard height > 0, height <= UInt64(blocks.count) else { return [] }
        let start = Int(height - 1)
        return Array(blocks[start..<min(blocks.count, start + Int(count))])
    }
}
