/// A named place beside a durable step, where a debug build can be made to die or to fail as if the
/// disk had: `BUSBAR_FAILPOINT="votes.in-transaction=kill@3"`. A release build has none of this.
package enum Failpoint: String, CaseIterable, Sendable {
    // What a validator is about to say.
    case votesBeforeAppend = "votes.before-append"
    case votesInTransaction = "votes.in-transaction"
    case votesAfterCommit = "votes.after-commit"
    case votesBeforeMark = "votes.before-mark"
    case votesBeforePrune = "votes.before-prune"
    case votesAfterPrune = "votes.after-prune"
    // Its right to vote.
    case votingRightBeforeReplace = "voting-right.before-replace"
    case votingRightInTransaction = "voting-right.in-transaction"
    case votingRightAfterCommit = "voting-right.after-commit"
    // A final block.
    case blockBeforeTransaction = "block.before-transaction"
    case blockAfterHeader = "block.after-header"
    case blockAfterTransactions = "block.after-transactions"
    case blockAfterState = "block.after-state"
    case blockAfterCommit = "block.after-commit"
    case blockAfterFeed = "block.after-feed"
    // Opening, and the chain's first block.
    case openAfterLock = "open.after-lock"
    case openAfterSealRemoved = "open.after-seal-removed"
    case genesisAfterSchema = "genesis.after-schema"
    case genesisBeforeCommit = "genesis.before-commit"
    case genesisAfterCommit = "genesis.after-commit"
    case loadAfterVotes = "load.after-votes"
    case loadAfterState = "load.after-state"
    // Closing.
    case closeBeforeCheckpoint = "close.before-checkpoint"
    case closeAfterCheckpoint = "close.after-checkpoint"
    case sealBeforeRename = "seal.before-rename"
    case sealAfterRename = "seal.after-rename"
    // A household's books.
    case registersInTransaction = "registers.in-transaction"
    case registersAfterCommit = "registers.after-commit"
    case receiptBeforeTransaction = "receipt.before-transaction"
    case receiptInTransaction = "receipt.in-transaction"
    case receiptAfterCommit = "receipt.after-commit"
    // The aggregator's books.
    case readingsInTransaction = "readings.in-transaction"
    case readingsAfterCommit = "readings.after-commit"
    case saleInTransaction = "sale.in-transaction"
    case tradeInTransaction = "trade.in-transaction"
    case stepInTransaction = "step.in-transaction"
    case stepAfterCommit = "step.after-commit"
    // What users have handed in.
    case keepBeforeWrite = "keep.before-write"
    case keepAfterWrite = "keep.after-write"
    case keepBeforeRename = "keep.before-rename"
    case keepAfterRename = "keep.after-rename"
    // A node's own transactions.
    case submitterAfterSigning = "submitter.after-signing"
    case submitterAfterHandIn = "submitter.after-hand-in"
    // Keystores, certificates, settings and marks.
    case fileBeforeTemporary = "file.before-temporary"
    case fileBeforeRename = "file.before-rename"
    case fileBeforeDirectorySync = "file.before-directory-sync"
    case fileBeforeRemoval = "file.before-removal"
    case fileAfterRemoval = "file.after-removal"

    /// The environment variable that arms failpoints.
    package static let variable = "BUSBAR_FAILPOINT"

    /// Whether this program has failpoints: debug builds alone do.
    package static var exist: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    /// Dies or throws here, if this place is armed and the time has come.
    @inline(__always)
    package func pass() throws(InjectedFault) {
        #if DEBUG
            try ArmedFailpoints.pass(self)
        #endif
    }

    /// As ``pass()``, but throws the error that `failure` makes of the injected one.
    @inline(__always)
    package func pass<Failure: Error>(
        orThrow failure: (InjectedFault) -> Failure
    ) throws(Failure) {
        #if DEBUG
            do throws(InjectedFault) {
                try ArmedFailpoints.pass(self)
            } catch {
                throw failure(error)
            }
        #endif
    }

    /// Dies here, if this place is armed to; where a step cannot fail, `error` does nothing.
    @inline(__always)
    package func passUnfailingly() {
        #if DEBUG
            do throws(InjectedFault) { try ArmedFailpoints.pass(self) } catch { return }
        #endif
    }

    /// Refuses a text for ``variable`` that names no failpoint or action, and in a release build
    /// any at all.
    package static func check(_ text: String?) throws(FailpointError) {
        guard let text else { return }
        #if DEBUG
            _ = try ArmedFailpoint.list(text)
        #else
            _ = text
            throw FailpointError(reason: "failpoints exist in debug builds only")
        #endif
    }
}

/// What a failpoint throws in place of the disk.
package struct InjectedFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where.
    package let point: Failpoint

    /// One line that names the place.
    package var description: String { "failpoint \(point.rawValue): injected disk failure" }
}

/// Why failpoints cannot be armed: one line.
package struct FailpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let reason: String

    /// The variable and what is wrong with it.
    package var description: String { "\(Failpoint.variable): \(reason)" }
}
