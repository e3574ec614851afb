internal import Glibc
internal import GRDB
internal import Protocol

/// How far the database has been written, in a file beside it.
///
/// SQLite drops whatever follows a damaged frame of its log as if it had never been written, and a
/// log that was cut short looks like one that was never longer. Then a validator would not know
/// what it has said. The mark is written after each commit, so that it is never ahead of a whole
/// database; it need not reach the disk, for it tells of damage to what did.
final class VoteMark: Sendable {
    /// A place in the database's history.
    struct Position: Hashable, Sendable {
        /// The last block.
        var height: UInt64
        /// The last vote record above it; 0 for none.
        var sequence: UInt64
        /// Eight bytes of the hash of the right to vote; 0 for none.
        var votingRight: UInt64
    }

    private static let length = 32
    private let descriptor: Int32
    private let path: String

    /// Opens or makes the mark in `directory`.
    init(directory: String) throws(StorageError) {
        path = directory + "/votes.mark"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .inaccessible(path: path, reason: String(cString: strerror(errno)))
        }
    }

    deinit {
        close(descriptor)
    }

    /// What was marked last; nil if nothing was, or if it cannot be read.
    func position() -> Position? {
        var bytes = Bytes(repeating: 0, count: Self.length)
        guard pread(descriptor, &bytes, Self.length, 0) == Self.length,
            let height = UInt64(bigEndian: bytes[0..<8]),
            let sequence = UInt64(bigEndian: bytes[8..<16]),
            let votingRight = UInt64(bigEndian: bytes[16..<24])
        else { return nil }
        let position = Position(height: height, sequence: sequence, votingRight: votingRight)
        return Self.bytes(position) == bytes ? position : nil
    }

    func write(_ position: Position) throws(StorageError) {
        let bytes = Self.bytes(position)
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            if errno == ENOSPC { throw .diskFull(path: path) }
            throw .failed(path: path, reason: String(cString: strerror(errno)))
        }
    }

    private static func bytes(_ position: Position) -> Bytes {
        let content =
            position.height.bigEndianBytes + position.sequence.bigEndianBytes
            + position.votingRight.bigEndianBytes
        return content + SHA256.hash(content).bytes.prefix(8)
    }
}

extension VoteMark.Position {
    // It is asked at each commit, by statements that are prepared once.
    init(of database: Database) throws {
        func greatest(_ statement: String) throws -> UInt64 {
            let found = try Int64.fetchOne(database.cachedStatement(sql: statement))
            return UInt64(clamping: found ?? 0)
        }
        height = try greatest("SELECT max(number) FROM ledger_blocks")
        sequence = try greatest("SELECT max(sequence) FROM votes")
        let record = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT record FROM voting_right"))
        votingRight =
            try record.map { row in
                let hash = SHA256.hash(try StoredRow(row, of: "voting_right").bytes("record"))
                return UInt64(bigEndian: hash.bytes.prefix(8)) ?? 0
            } ?? 0
    }

    /// Whether a database that stands here has lost something that stood at `marked`.
    func lacksSomething(of marked: VoteMark.Position) -> Bool {
        (height, sequence) < (marked.height, marked.sequence)
            || (height, sequence) == (marked.height, marked.sequence)
                && votingRight != marked.votingRight
    }
}
