internal import Faults
internal import Foundation
internal import GRDB
package import Ledger
package import Protocol

extension ChainStore {
    /// Stores one final block with all that follows from it, in one transaction, and forgets the
    /// vote records up to its height; then `records`, which are of greater heights. It is on the disk
    /// when this returns.
    ///
    /// Throws, and stores nothing, if the block does not follow the last one or the disk fails.
    package func commit(
        _ block: CommittedBlock, followedBy records: [VoteRecord] = []
    ) async throws(StorageError) {
        try await commit([block], followedBy: records)
    }

    /// Stores final blocks, each of which follows the one before it, as ``commit(_:followedBy:)`` does one:
    /// all in one transaction, or none.
    package func commit(
        _ blocks: [CommittedBlock], followedBy records: [VoteRecord] = []
    ) async throws(StorageError) {
        do throws(StorageError) {
            try await write { [numbers] database in
                try Failpoint.blockBeforeTransaction.pass()
                let writer = BlockWriter(database: database, numbers: numbers)
                for block in blocks { try writer.write(block) }
                for record in records { try database.append(record) }
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

    /// Stores what a validator is about to say, in one transaction, so that it never says anything else
    /// at those heights. It is on the disk when this returns.
    package func append(_ records: [VoteRecord]) async throws(StorageError) {
        try await write { database in
            try Failpoint.votesBeforeAppend.pass()
            for record in records { try database.append(record) }
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

/// What a validator must not forget of what it says at a height: its canonical bytes.
package struct VoteRecord: Hashable, Sendable {
    package let height: UInt64
    package let bytes: Bytes

    package init(height: UInt64, bytes: Bytes) {
        self.height = height
        self.bytes = bytes
    }

    fileprivate func checksum(sequence: Int64) -> Bytes {
        let head = UInt64(bitPattern: sequence).bigEndianBytes + height.bigEndianBytes
        return SHA256.hash(head + bytes).bytes
    }
}

// What a validator must not forget, each with a checksum.
extension Database {
    func append(_ record: VoteRecord) throws {
        let last =
            try Int64.fetchOne(cachedStatement(sql: "SELECT max(sequence) FROM votes")) ?? 0
        try insert(
            "votes",
            [
                "sequence": last + 1, "height": record.height.column,
                "record": record.bytes,
                "checksum": record.checksum(sequence: last + 1),
            ])
    }

    /// The safety records that can be read, and the sequence numbers of those whose checksum does
    /// not hold.
    func votes() throws -> (sound: [VoteRecord], damaged: [Int64]) {
        var (sound, damaged): ([VoteRecord], [Int64]) = ([], [])
        let rows = try Row.fetchCursor(self, sql: "SELECT * FROM votes ORDER BY sequence")
        while let row = try rows.next() {
            let row = StoredRow(row, of: "votes")
            let sequence = Int64(try row.count("sequence"))
            let record = VoteRecord(
                height: try row.number("height"), bytes: try row.bytes("record"))
            if try record.checksum(sequence: sequence) == row.bytes("checksum") {
                sound.append(record)
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
