internal import Faults
internal import Foundation
internal import Protocol

/// A SHA-256 of every page of a database that was closed in order, in a file beside it. It covers
/// the bytes that SQLite does not use, so that not one can change unnoticed while no node runs.
/// While a node runs there is no seal.
struct FileSeal {
    private static let pageSize = 4_096
    let database: String
    private var path: String { database + ".seal" }

    /// Writes the seal, whole or not at all; the database must be closed.
    func write() throws {
        let unfinished = path + ".new"
        try Data(try pageHashes().flatMap(\.bytes)).write(to: URL(fileURLWithPath: unfinished))
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: unfinished))
        defer { try? file.close() }
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

    /// Throws if the file is not as it was sealed.
    func check() throws {
        guard let finding = try findings().first else { return }
        throw StorageError.damaged(path: database, reason: "\(finding)")
    }

    /// Each page that is not as it was sealed; none if there is no seal.
    func findings() throws -> [Finding] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let sealed = Bytes(data)
        let pages = try pageHashes()
        guard sealed.count == 32 * pages.count else {
            let reason = "has \(pages.count) pages, the seal \(sealed.count / 32)"
            return [Finding("database file", nil, reason)]
        }
        return pages.indices.filter { index in
            !sealed[(32 * index)..<(32 * index + 32)].elementsEqual(pages[index].bytes)
        }.map { index in
            let offsets = "\(index * Self.pageSize)..<\((index + 1) * Self.pageSize)"
            return Finding(
                "database file", "page \(index + 1) (bytes \(offsets))",
                "is not as the node left it when it was shut down")
        }
    }

    private func pageHashes() throws -> [Hash32] {
        guard let file = FileHandle(forReadingAtPath: database) else { return [] }
        defer { try? file.close() }
        var hashes: [Hash32] = []
        while let page = try file.read(upToCount: Self.pageSize), !page.isEmpty {
            hashes.append(SHA256.hash(Bytes(page)))
        }
        return hashes
    }
}
