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
        try await write { database in
            try Failpoint.blockBeforeTransaction.pass()
            try BlockWriter(database).write(block)
            return try VoteMark.Position(of: database)
        } after: { [mark] position in
            try mark.write(position)
            try Failpoint.blockAfterCommit.pass()
        }
    }

    /// Stores what a validator is about to say at `height`, so that it never says anything else
    /// there. It is on the disk when this returns.
    package func append(record: Bytes, height: UInt64) async throws(StorageError) {
        try await write { database in
            try Failpoint.votesBeforeAppend.pass()
            try VoteTable(database).append(VoteTable.Vote(height: height, record: record))
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
            try VotingRightTable(database).replace(votingRight)
            try Failpoint.votingRightInTransaction.pass()
            return try VoteMark.Position(of: database)
        } after: { [mark] position in
            try mark.write(position)
            try Failpoint.votingRightAfterCommit.pass()
        }
    }
}

/// The safety records of a validator, each with a checksum.
struct VoteTable {
    /// One record.
    struct Vote {
        let height: UInt64
        let record: Bytes
    }

    /// The records that can be read, and what is wrong with the others.
    struct Contents {
        var votes: [Vote] = []
        /// For each record whose checksum does not hold: its sequence number.
        var damaged: [Int64] = []
    }

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func append(_ vote: Vote) throws {
        let last = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM votes") ?? 0
        try RowWriter(database).insert(
            "votes",
            [
                "sequence": last + 1, "height": vote.height.column,
                "record": vote.record.column,
                "checksum": Self.checksum(of: vote, sequence: last + 1).column,
            ])
    }

    func contents() throws -> Contents {
        var contents = Contents()
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM votes ORDER BY sequence")
        while let row = try rows.next() {
            let row = StoredRow(row)
            let sequence = Int64(try row.count("sequence"))
            let vote = Vote(height: try row.number("height"), record: try row.bytes("record"))
            if try Self.checksum(of: vote, sequence: sequence) == row.bytes("checksum") {
                contents.votes.append(vote)
            } else {
                contents.damaged.append(sequence)
            }
        }
        return contents
    }

    private static func checksum(of vote: Vote, sequence: Int64) -> Bytes {
        let head = UInt64(bitPattern: sequence).bigEndianBytes + vote.height.bigEndianBytes
        return SHA256.hash(head + vote.record).bytes
    }
}

/// What a validator knows of its right to vote, with a checksum.
struct VotingRightTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func replace(_ record: Bytes) throws {
        try RowWriter(database).replace(
            "voting_right",
            [
                "id": 1, "record": record.column,
                "checksum": SHA256.hash(record).bytes.column,
            ])
    }

    /// What was stored last, or nil. Throws if its checksum does not hold.
    func record() throws -> Bytes? {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM voting_right") else {
            return nil
        }
        let record = try StoredRow(row).bytes("record")
        guard try StoredRow(row).bytes("checksum") == SHA256.hash(record).bytes else {
            throw UnreadableColumn(reason: "table voting_right: its checksum does not hold")
        }
        return record
    }
}
