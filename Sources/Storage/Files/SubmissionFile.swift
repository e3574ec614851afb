internal import Faults
internal import Glibc
package import Protocol
internal import Synchronization

/// The transactions that users have handed in and the pool has taken, in a file beside the database:
/// they are in the pool again after the process has ended, however it ended.
///
/// Each is written before its user is answered, and given to the system, not forced onto the disk: a
/// machine that loses its power may lose those of its last seconds. What is final needs no place
/// here; it falls out when the file is written anew, at each start and when it has grown.
package final class SubmissionFile: Sendable {
    /// A transaction that was taken.
    package struct Entry: Hashable, Sendable {
        /// The canonical bytes.
        package let transaction: Bytes
        /// When it was taken.
        package let received: Timestamp

        package init(transaction: Bytes, received: Timestamp) {
            self.transaction = transaction
            self.received = received
        }
    }

    /// What a file holds.
    package struct Content: Sendable {
        /// What was written, in its order.
        package var entries: [Entry] = []
        /// From which byte on the file is damaged; nil if it is not. An entry that was cut short as
        /// the process ended is no damage: its user was never answered.
        package var damagedFrom: Int?
    }

    private struct State {
        var descriptor: Int32
        var size: Int
        /// The size beyond which it is written anew.
        var limit: Int
    }

    /// The file's path.
    package let path: String
    private let state: Mutex<State>

    /// How much the file may grow before it is written anew, in bytes.
    private static let growth = 4 * 1024 * 1024
    /// The length of an entry, four bytes of the length's hash, and eight of the entry's.
    private static let headSize = 16

    /// Opens or makes the file in `directory`.
    init(directory: String) throws(StorageError) {
        path = directory + "/submissions.pool"
        let (descriptor, size) = try Self.open(path)
        state = Mutex(State(descriptor: descriptor, size: size, limit: Self.growth))
    }

    deinit { state.withLock { _ = close($0.descriptor) } }

    /// Writes `entry` at the end. Throws if the system does not take it.
    package func append(_ entry: Entry) throws {
        try Failpoint.keepBeforeWrite.pass()
        try state.withLock { state in
            try Self.write(Self.frame(entry), to: state.descriptor, path)
            state.size += Self.headSize + 8 + entry.transaction.count
        }
        try Failpoint.keepAfterWrite.pass()
    }

    /// Whether it has grown so much that it should be written anew.
    package var isLarge: Bool { state.withLock { $0.size > $0.limit } }

    /// Puts `entries` in the place of everything: whole or not at all, and on the disk.
    package func rewrite(_ entries: [Entry]) throws {
        let unfinished = path + ".new"
        unlink(unfinished)
        let (descriptor, _) = try Self.open(unfinished)
        let bytes = entries.flatMap(Self.frame)
        do {
            try Self.write(bytes, to: descriptor, unfinished)
            guard fsync(descriptor) == 0 else { throw Self.failure(unfinished) }
            try Failpoint.keepBeforeRename.pass()
            guard rename(unfinished, path) == 0 else { throw Self.failure(path) }
        } catch {
            close(descriptor)
            throw error
        }
        state.withLock { state in
            close(state.descriptor)
            state = State(
                descriptor: descriptor, size: bytes.count, limit: bytes.count + Self.growth)
        }
        try Failpoint.keepAfterRename.pass()
    }

    /// Reads what was written.
    package func read() throws(StorageError) -> Content {
        var bytes = Bytes()
        var chunk = Bytes(repeating: 0, count: 1 << 16)
        let descriptor = state.withLock { $0.descriptor }
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count))
            guard count >= 0 else { throw Self.failure(path) }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return Self.content(of: bytes)
    }

    static func content(of bytes: Bytes) -> Content {
        var content = Content()
        var start = 0
        while bytes.count - start >= headSize {
            let begin = start + headSize
            let length = Bytes(bytes[start..<(start + 4)])
            guard SHA256.hash(length).bytes.prefix(4) == bytes[(start + 4)..<(start + 8)],
                let count = UInt32(bigEndian: length).map(Int.init), count > 8
            else {
                content.damagedFrom = start
                break
            }
            guard count <= bytes.count - begin else { break }
            let body = Bytes(bytes[begin..<(begin + count)])
            guard SHA256.hash(body).bytes.prefix(8) == bytes[(start + 8)..<begin],
                let received = UInt64(bigEndian: body[..<8])
            else {
                content.damagedFrom = start
                break
            }
            content.entries.append(
                Entry(
                    transaction: Bytes(body[8...]), received: Timestamp(milliseconds: received)))
            start = begin + count
        }
        return content
    }

    private static func frame(_ entry: Entry) -> Bytes {
        let body = entry.received.milliseconds.bigEndianBytes + entry.transaction
        let length = UInt32(body.count).bigEndianBytes
        return length + SHA256.hash(length).bytes.prefix(4) + SHA256.hash(body).bytes.prefix(8)
            + body
    }

    private static func open(
        _ path: String
    ) throws(StorageError) -> (descriptor: Int32, size: Int) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .inaccessible(path: path, reason: String(cString: strerror(errno)))
        }
        return (descriptor, Int(lseek(descriptor, 0, SEEK_END)))
    }

    private static func write(
        _ bytes: Bytes, to descriptor: Int32, _ path: String
    ) throws(StorageError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func failure(_ path: String) -> StorageError {
        errno == ENOSPC
            ? .diskFull(path: path) : .failed(path: path, reason: String(cString: strerror(errno)))
    }
}
