import Console
import FoundationEssentials
import Glibc
import Keys

/// A client's own record of every transaction that a node acknowledged as final: a file to which
/// lines are appended.
struct SoakRecord: Sendable {
    struct Entry: Codable, Sendable {
        /// When the answer came, in milliseconds since 1970.
        var time: UInt64
        var client: String
        /// Who said so.
        var node: String
        var hash: String
        var block: UInt64
        var blockHash: String
        /// `final`, or `failed` if the call was reverted.
        var status: String
    }

    private let path: String

    init(path: String) {
        self.path = path
    }

    /// Appends `entry`; it is in the system's hands when this returns.
    func append(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let line = Array(try encoder.encode(entry)) + [10]
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard write(descriptor, line, line.count) == line.count else { throw failure() }
    }

    func entries() throws -> [Entry] {
        guard access(path, F_OK) == 0 else { return [] }
        let bytes = try DurableFile.read(at: path, limit: 1 << 30)
        return try bytes.split(separator: 10).map {
            try JSONDecoder().decode(Entry.self, from: Data($0))
        }
    }

    private func failure() -> CommandFailure {
        CommandFailure(.failed, "\(path): \(String(cString: strerror(errno)))")
    }
}
