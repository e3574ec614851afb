import Consensus
import Ledger
import Protocol
import Replica
import Storage

/// What the replica and the store say to each other.
extension ChainStore {
    /// Stores `votingRight` durably, in place of the one before.
    func append(_ votingRight: VotingRight) async throws(StorageError) {
        try await replace(votingRight: votingRight.encoded)
    }

    /// Blocks for a node that catches up.
    func finalBlocks(from: UInt64, count: UInt64) async throws(StorageError) -> [FinalBlock] {
        try await blocks(from: from, count: count, maxBytes: Limits.syncBytes)
    }

    /// What a replica resumes from, and what the log is to say of it. `hasNeverVoted` is whether its
    /// key is known never to have voted before this start. Throws where the last block has not the
    /// seals of the validators: whoever wrote the file, it is none of this chain.
    func resumption(
        hasNeverVoted: Bool, scheme: any SignatureScheme
    ) async throws -> (resumption: Resumption, notice: String?) {
        let loaded = try await load(recentBlocks: BlockPace.remembered)
        let (block, validators) = (loaded.head.block, genesis.validators)
        guard
            block.number == 0
                || loaded.headValidators == validators
                    && validators.certifies(
                        loaded.head.certificate, block: block.hash, height: block.number,
                        domain: domain, scheme: scheme)
        else {
            throw StorageError.damaged(
                path: directory,
                reason: "block \(block.number) does not have the seals of the validators")
        }
        var found: StoredChain
        do throws(MalformedBytes) {
            found = try StoredChain(
                genesisHash: loaded.genesisHash, head: loaded.head,
                headDecidedBy: loaded.headValidators, state: loaded.state,
                encodedRecords: loaded.records, encodedVotingRight: loaded.votingRight,
                scheme: scheme)
        } catch {
            throw StorageError.damaged(
                path: directory, reason: "a vote record cannot be read: \(error)")
        }
        found.recentBlocks = loaded.recentBlocks.map(BlockMark.init)
        let kept = try submissions.read()
        found.submissions = kept.entries.compactMap { entry in
            let transaction = try? VerifiedTransaction(decoding: entry.transaction, scheme: scheme)
            return transaction.map { KeptSubmission(transaction: $0, received: entry.received) }
        }
        let isWhole =
            kept.damagedFrom == nil && found.submissions.count == kept.entries.count
        let notice = notice(of: loaded.forgottenFrom, areSubmissionsWhole: isWhole)
        let resumption = Resumption(
            of: found, hasNeverVoted: hasNeverVoted, hasForgotten: loaded.forgottenFrom != nil)
        return (resumption, notice)
    }

    private func notice(
        of forgottenFrom: UInt64?, areSubmissionsWhole: Bool
    ) -> String? {
        let forgotten = forgottenFrom.map { height in
            """
            \(directory) has lost something that was stored at block \(height): its log was cut \
            short or damaged. What is missing is fetched from the others.
            """
        }
        let damaged =
            areSubmissionsWhole
            ? nil
            : """
            \(submissions.path) is damaged: some transactions that users handed in before the last \
            stop may be missing from the pool; whoever misses one sends it again.
            """
        let notices = [forgotten, damaged].compactMap(\.self)
        return notices.isEmpty ? nil : notices.joined(separator: " ")
    }

    /// Writes down that `submission` is in the pool.
    func keep(_ submission: KeptSubmission) throws {
        try submissions.append(SubmissionFile.Entry(submission))
    }

    /// Lets go of all that is kept but `submissions`.
    func keepOnly(_ submissions: [KeptSubmission]) throws {
        try self.submissions.rewrite(submissions.map(SubmissionFile.Entry.init))
    }
}

extension VoteRecord {
    init(_ record: SafetyRecord) { self.init(height: record.height, bytes: record.encoded) }
}

extension BlockMark {
    fileprivate init(_ size: BlockSize) {
        self.init(
            number: size.number, time: size.time, own: size.own,
            transactions: size.transactions, senders: size.senders)
    }
}

extension SubmissionFile.Entry {
    fileprivate init(_ submission: KeptSubmission) {
        self.init(
            transaction: submission.transaction.encoded, received: submission.received)
    }
}

extension ChainStore {
    /// What keeps signatures of this chain apart from others'.
    var domain: SigningDomain { SigningDomain(chainID: genesis.chainID, genesisHash: genesisHash) }
}
