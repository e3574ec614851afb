internal import Faults
internal import Foundation
internal import Protocol

/// A SHA-256 of every page of a database that was closed in order, in a file beside it. It covers
/// the bytes that SQLite does not use, so that not one can change unnoticed while no node runs.
/// While a node runs there is no seal.
///
/// The seal begins with what the system says of the file: which it is, its length, and when it was
/// changed last. Where that is as it was, nobody has written into the file, and a start need not read it
/// all: that would take the longer, the older the ledger. A file that was written into, copied or put
/// back is read in full; `busbar chain verify` reads it in full in any case.
struct FileSeal {
    private static let pageSize = 4_096
    /// How much is read at a time: whole pages.
    private static let readSize = 256 * pageSize
    /// How much older than the seal a file's last change must be for its time to tell it from a later
    /// one, in nanoseconds: times are as fine as the kernel's clock.
    private static let clockSteps: Int64 = 100_000_000
    let database: String
    private var path: String { database + ".seal" }

    /// Writes the seal, whole or not at all; the database must be closed.
    func write() throws {
        let unfinished = path + ".new"
        let stamp = FileStamp(of: database) ?? FileStamp()
        try Data(stamp.bytes).write(to: URL(fileURLWithPath: unfinished))
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: unfinished))
        defer { try? file.close() }
        _ = try file.seekToEnd()
        var waiting = Data()
        try readPages { _, hash in
            waiting.append(contentsOf: hash.bytes)
            guard waiting.count >= Self.readSize else { return }
            try file.write(contentsOf: waiting)
            waiting.removeAll(keepingCapacity: true)
        }
        try file.write(contentsOf: waiting)
        try file.synchronize()
        try Failpoint.sealBeforeRename.pass()
        guard rename(unfinished, path) == 0 else {
            throw StorageError.inaccessible(path: path, reason: String(cString: strerror(errno)))
        }
        try Failpoint.sealAfterRename.pass()
    }

    /// Breaks the seal, before anything is written into the database.
    func remove() throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }

    /// Throws if the file is not as it was sealed, as far as is looked at.
    func check() throws {
        guard !isUntouched, let finding = try findings().first else { return }
        throw StorageError.damaged(path: database, reason: "\(finding)")
    }

    /// Whether the system says that nobody has written into the file since it was sealed.
    private var isUntouched: Bool {
        guard let seal = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? seal.close() }
        guard let head = try? seal.read(upToCount: FileStamp.length),
            let sealed = FileStamp(Bytes(head)), let now = FileStamp(of: database),
            let time = FileStamp(of: path)?.changed
        else { return false }
        return sealed == now && time - sealed.changed > Self.clockSteps
    }

    /// Each page that is not as it was sealed; none if there is no seal.
    func findings() throws -> [Finding] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let seal = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        let sealed = seal.dropFirst(FileStamp.length)
        var findings: [Finding] = []
        let count = try readPages { index, hash in
            let start = sealed.startIndex + 32 * index
            guard start + 32 <= sealed.endIndex,
                !sealed[start..<(start + 32)].elementsEqual(hash.bytes)
            else { return }
            let offsets = "\(index * Self.pageSize)..<\((index + 1) * Self.pageSize)"
            findings.append(
                Finding(
                    "database file", "page \(index + 1) (bytes \(offsets))",
                    "is not as the node left it when it was shut down"))
        }
        guard sealed.count == 32 * count else {
            let reason = "has \(count) pages, the seal \(sealed.count / 32)"
            return [Finding("database file", nil, reason)]
        }
        return findings
    }

    /// Hands `body` each page's number, from 0, and its hash; gives how many there are. However large the
    /// file, no more than a piece of it is in memory.
    @discardableResult
    private func readPages(_ body: (_ index: Int, Hash32) throws -> Void) throws -> Int {
        guard let file = FileHandle(forReadingAtPath: database) else { return 0 }
        defer { try? file.close() }
        var count = 0
        while let piece = try file.read(upToCount: Self.readSize), !piece.isEmpty {
            for start in stride(from: 0, to: piece.count, by: Self.pageSize) {
                let page = piece.dropFirst(start).prefix(Self.pageSize)
                try body(count, SHA256.hash(Bytes(page)))
                count += 1
            }
        }
        return count
    }
}

/// What the system says of a file without reading it.
private struct FileStamp: Equatable {
    static let length = 32
    var device: Int64 = 0
    var number: Int64 = 0
    var size: Int64 = 0
    /// When its content, its name or its rights were changed last, in nanoseconds; no program sets it.
    var changed: Int64 = 0

    init() {}

    /// That of the file at `path`; nil if there is none.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = Int64(bitPattern: UInt64(status.st_dev))
        number = Int64(bitPattern: UInt64(status.st_ino))
        size = Int64(status.st_size)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }

    /// That in the first bytes of a seal; nil if it is too short.
    init?(_ bytes: Bytes) {
        guard bytes.count == Self.length else { return nil }
        let fields = (0..<4).compactMap { UInt64(bigEndian: bytes[(8 * $0)..<(8 * $0 + 8)]) }
            .map { Int64(bitPattern: $0) }
        (device, number, size, changed) = (fields[0], fields[1], fields[2], fields[3])
    }

    var bytes: Bytes {
        [device, number, size, changed].flatMap { UInt64(bitPattern: $0).bigEndianBytes }
    }
}
