import Consensus
import Protocol
import Replica
import Storage

/// What the replica and the store say to each other.
extension ChainStore {
    /// Stores `record` durably.
    func append(_ record: SafetyRecord) async throws(StorageError) {
        try await append(record: record.encoded, height: record.height)
    }

    /// Stores `votingRight` durably, in place of the one before.
    func append(_ votingRight: VotingRight) async throws(StorageError) {
        try await replace(votingRight: votingRight.encoded)
    }

    /// Stores `block` and all that comes of it, durably and as a whole.
    func commit(_ block: CommittedBlock) async throws(StorageError) {
        try await commit(
            BlockCommit(
                final: block.final, receipts: block.receipts, changes: block.changes,
                state: block.state))
    }

    /// Blocks for a node that catches up.
    func finalBlocks(from: UInt64, count: UInt64) async throws(StorageError) -> [FinalBlock] {
        try await blocks(from: from, count: count, maxBytes: Limits.syncBytes)
    }

    /// What a replica resumes from, and what the log is to say of it. `hasNeverVoted` is whether its
    /// key is known never to have voted before this start.
    func storedChain(
        hasNeverVoted: Bool, scheme: any SignatureScheme
    ) async throws -> (chain: StoredChain, notice: String?) {
        let loaded = try await load()
        let records: [SafetyRecord]
        var votingRight: VotingRight
        do throws(MalformedBytes) {
            records = try loaded.records.map { record throws(MalformedBytes) in
                try SafetyRecord(decoding: record, scheme: scheme)
            }
            votingRight = try loaded.votingRight.map(VotingRight.init(decoding:)) ?? .unknown
        } catch {
            throw StorageError.damaged(
                path: directory, reason: "a vote record cannot be read: \(error)")
        }
        var notice: String?
        if let height = loaded.forgottenFrom {
            // Stored before anything else, which would move the mark on.
            votingRight = .unknown
            try await append(votingRight)
            notice = """
                \(directory) has lost something that was stored at block \(height): its log was \
                cut short or damaged. What is missing is fetched from the others.
                """
        } else if hasNeverVoted, loaded.votingRight == nil, records.isEmpty,
            loaded.head.block.number == 0
        {
            votingRight = .established
            try await append(votingRight)
        }
        let chain = StoredChain(
            genesisHash: loaded.genesisHash, head: loaded.head,
            headDecidedBy: loaded.headValidators, state: loaded.state, records: records,
            votingRight: votingRight)
        return (chain, notice)
    }
}
