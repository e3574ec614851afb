internal import Foundation
internal import Protocol

/// Looks at the bytes of the database's files themselves, while no node is at work in them: what
/// SQLite would silently pass over.
struct FileInspection {
    let path: String

    func findings() throws -> [Finding] {
        let log = WriteAheadLog(path: path + "-wal")
        // While a log is there, the present header may stand in it.
        let header = try log.isEmpty() ? headerFindings(bytes(of: path, count: 100)) : []
        return try header + log.findings() + FileSeal(database: path).findings()
    }

    /// Compares the fields of the file's first 100 bytes that have one right value here (SQLite,
    /// "Database File Format", 1.3).
    private func headerFindings(_ header: Bytes) -> [Finding] {
        guard header.count == 100 else { return [Finding("file header", nil, "too short")] }
        func number(_ offset: Int) -> UInt32 {
            header[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        let checks: [(String, Bool)] = [
            ("magic", header.prefix(16).elementsEqual(Array("SQLite format 3".utf8) + [0])),
            ("page size", header[16...17].elementsEqual([0x10, 0x00])),
            ("versions", header[18...19].elementsEqual([2, 2])),
            ("reserved space", header[20] == 0),
            ("payload fractions", header[21...23].elementsEqual([64, 32, 32])),
            ("schema format", number(44) == 4),
            ("cache size", number(48) == 0),
            ("vacuum settings", number(52) == 0 && number(64) == 0),
            ("text encoding", number(56) == 1),
            ("user version", number(60) == UInt32(Schema.version)),
            ("application id", number(68) == UInt32(Schema.applicationID)),
            ("unused space", header[72..<92].allSatisfy { $0 == 0 }),
            ("change counter", number(24) == number(92)),
        ]
        return checks.filter { !$0.1 }.map { Finding("file header", nil, "wrong \($0.0)") }
    }
}

/// The first `count` bytes of the file at `path`, or fewer if it is shorter.
func bytes(of path: String, count: Int) throws -> Bytes {
    guard let file = FileHandle(forReadingAtPath: path) else { return [] }
    defer { try? file.close() }
    return Bytes(try file.read(upToCount: count) ?? Data())
}
