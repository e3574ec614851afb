internal import Foundation
internal import GRDB
internal import Ledger
internal import Protocol

/// Checks a node's whole chain again, from genesis on.
///
/// Every transaction's signature, every block's seals, execution and roots are checked; from them
/// every row of every table is made anew in a temporary database and compared, column by column,
/// with what is stored; what people read is then checked once more by rules of its own
/// (``ColumnCheck``). Safety records have checksums of their own. SQLite's `integrity_check`
/// covers the tables' structure and the indexes. Bytes that SQLite itself does not use (free pages
/// and gaps within pages) hold nothing; a directory whose node was shut down in order has a seal
/// over those too (``FileSeal``).
///
/// Only reads, and may run while a node is at work in the directory.
package struct ChainVerifier {
    private let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    /// Checks everything, and calls `progress` now and then with the number of blocks checked and
    /// their total. Damage is in the report; throws if there is no chain or it cannot be read at
    /// all. Blocks the calling thread.
    package func verify(
        progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
    ) throws(StorageError) -> VerificationReport {
        try ChainStore.translating(directory) {
            let path = directory + "/" + Connections.fileName
            guard FileManager.default.fileExists(atPath: path) else {
                throw StorageError.noChain(path: directory)
            }
            var report = VerificationReport()
            let lock = try lockUnlessInUse()
            report.wasInUse = lock == nil
            if lock != nil { report.findings += try FileInspection(path: path).findings() }
            do {
                let queue = try Connections.openForReading(directory: directory)
                try queue.read { database in
                    var check = DatabaseCheck(database: database, path: path, report: report)
                    withoutActuallyEscaping(progress) { check.run(progress: $0) }
                    report = check.report
                }
                try queue.close()
            } catch let error as DatabaseError {
                report.findings.append(Finding("database", nil, error.description))
            }
            return report
        }
    }

    private func lockUnlessInUse() throws(StorageError) -> DirectoryLock? {
        do throws(StorageError) {
            return try DirectoryLock(directory: directory)
        } catch {
            if case .directoryInUse = error { return nil }
            throw error
        }
    }
}

/// One check, on an unchanging view of the database.
private struct DatabaseCheck {
    let database: Database
    let path: String
    var report: VerificationReport

    mutating func run(progress: (UInt64, UInt64) -> Void) {
        attempt("database") { check in try check.checkStructure() }
        attempt("table votes") { check in try check.checkVotes() }
        attempt("table chain") { check in try check.checkContent(progress: progress) }
    }

    /// Runs one part; what it cannot read is a finding.
    private mutating func attempt(
        _ place: String, _ part: (inout DatabaseCheck) throws -> Void
    ) {
        do {
            try part(&self)
        } catch {
            report.findings.append(Finding(place, nil, String(describing: error)))
        }
    }

    private mutating func checkStructure() throws {
        for line in try String.fetchAll(database, sql: "PRAGMA integrity_check(20)")
        where line != "ok" {
            report.findings.append(Finding("database structure", nil, line))
        }
    }

    private mutating func checkVotes() throws {
        _ = try database.votingRight()
        let votes = try database.votes()
        report.recordCount = votes.sound.count
        for sequence in votes.damaged {
            report.findings.append(
                Finding("table votes", "sequence \(sequence)", "its checksum does not hold"))
        }
    }

    private mutating func checkContent(progress: (UInt64, UInt64) -> Void) throws {
        guard let identity = try ChainIdentity.read(from: database, path: path) else {
            throw StorageError.noChain(path: path)
        }
        report.chainID = identity.genesis.chainID
        report.genesisHash = identity.hash
        let scratch = try DatabaseQueue(path: "")
        try scratch.writeWithoutTransaction { copy in
            try copy.inTransaction {
                var replay = Replay(
                    stored: database, copy: copy, identity: identity, report: report)
                defer { report = replay.report }
                try replay.run(progress: progress)
                replay.report.findings += try TableComparison(
                    stored: database, computed: copy,
                    height: replay.finalState == nil ? replay.report.height : nil
                ).findings()
                if replay.report.isWhole, let state = replay.finalState {
                    var check = ColumnCheck(database, identity: identity, state: state)
                    try check.run()
                    replay.report.findings += check.findings
                }
                return .commit
            }
        }
        try scratch.close()
    }
}
