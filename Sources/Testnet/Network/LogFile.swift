import Glibc

/// A log file that may grow while it is read.
struct LogFile {
    private let path: String
    /// Up to where it was read.
    private var position: off_t = 0

    init(path: String) {
        self.path = path
    }

    /// How much of a file's end is looked at for its last lines, in bytes.
    private static let reach: off_t = 262_144

    /// The last `count` lines; none where there is no file.
    mutating func lastLines(_ count: Int) -> [String] {
        var status = stat()
        if stat(path, &status) == 0 { position = max(0, status.st_size - Self.reach) }
        return added().split(whereSeparator: \.isNewline).suffix(count).map(String.init)
    }

    /// What was added since it was read last; nothing where there is no file.
    mutating func added() -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        lseek(descriptor, position, SEEK_SET)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 {
            bytes += chunk[..<count]
        }
        position += off_t(bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }
}
