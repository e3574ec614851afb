internal import Faults
internal import Foundation
internal import GRDB
package import Ledger
package import Protocol

extension ChainStore {
    /// Stores one final block with all that follows from it, in one transaction, and forgets the
    /// vote records up to its height. It is on the disk when this returns.
    ///
    /// Throws, and stores nothing, if the block does not follow the last one or the disk fails.
    package func commit(_ block: CommittedBlock) async throws(StorageError) {
        do throws(StorageError) {
            try await write { [numbers] database in
                try Failpoint.blockBeforeTransaction.pass()
                try BlockWriter(database: database, numbers: numbers).write(block)
                return try VoteMark.Position(of: database)
            } after: { [mark] position in
                try mark.write(position)
                try Failpoint.blockAfterCommit.pass()
            }
        } catch {
            numbers.forget()
            throw error
        }
    }

    /// Stores what a validator is about to say at `height`, so that it never says anything else
    /// there. It is on the disk when this returns.
    package func append(record: Bytes, height: UInt64) async throws(StorageError) {
        try await write { database in
            try Failpoint.votesBeforeAppend.pass()
            try database.append(Vote(height: height, record: record))
            try Failpoint.votesInTransaction.pass()
            return try VoteMark.Position(of: database)
        } after: { [mark] position in
            try Failpoint.votesBeforeMark.pass()
            try mark.write(position)
            try Failpoint.votesAfterCommit.pass()
        }
    }

    /// Stores what a validator knows of its right to vote, in place of what it stored before. It
    /// is on the disk when this returns.
    package func replace(votingRight: Bytes) async throws(StorageError) {
        try await write { database in
            try Failpoint.votingRightBeforeReplace.pass()
            try database.replace(votingRight: votingRight)
            try Failpoint.votingRightInTransaction.pass()
            return try VoteMark.Position(of: database)
        } after: { [mark] position in
            try mark.write(position)
            try Failpoint.votingRightAfterCommit.pass()
        }
    }
}

/// A safety record of a validator.
struct Vote {
    let height: UInt64
    let record: Bytes

    fileprivate func checksum(sequence: Int64) -> Bytes {
        let head = UInt64(bitPattern: sequence).bigEndianBytes + height.bigEndianBytes
        return SHA256.hash(head + record).bytes
    }
}

// What a validator must not forget, each with a checksum.
extension Database {
    func append(_ vote: Vote) throws {
        let last =
            try Int64.fetchOne(cachedStatement(sql: "SELECT max(sequence) FROM votes")) ?? 0
        try insert(
            "votes",
            [
                "sequence": last + 1, "height": vote.height.column,
                "record": vote.record,
                "checksum": vote.checksum(sequence: last + 1),
            ])
    }

    /// The safety records that can be read, and the sequence numbers of those whose checksum does
    /// not hold.
    func votes() throws -> (sound: [Vote], damaged: [Int64]) {
        var (sound, damaged): ([Vote], [Int64]) = ([], [])
        let rows = try Row.fetchCursor(self, sql: "SELECT * FROM votes ORDER BY sequence")
        while let row = try rows.next() {
            let row = StoredRow(row, of: "votes")
            let sequence = Int64(try row.count("sequence"))
            let vote = Vote(height: try row.number("height"), record: try row.bytes("record"))
            if try vote.checksum(sequence: sequence) == row.bytes("checksum") {
                sound.append(vote)
            } else {
                damaged.append(sequence)
            }
        }
        return (sound, damaged)
    }

    func replace(votingRight record: Bytes) throws {
        try replace(
            "voting_right",
            [
                "id": 1, "record": record, "checksum": SHA256.hash(record).bytes,
            ])
    }

    /// What was stored last of the right to vote, or nil. Throws if its checksum does not hold.
    func votingRight() throws -> Bytes? {
        guard
            let row = try Row.fetchOne(self, sql: "SELECT * FROM voting_right")
                .map({ StoredRow($0, of: "voting_right") })
        else { return nil }
        let record = try row.bytes("record")
        guard try row.bytes("checksum") == SHA256.hash(record).bytes else {
            throw Damage(reason: "table voting_right: its checksum does not hold")
        }
        return record
    }
}
