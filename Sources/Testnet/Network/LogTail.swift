import Console
import Glibc

/// The end of a log file.
enum LogTail {
    /// How much of a file's end is looked at, in bytes.
    private static let reach = 262_144

    /// The last `count` lines; none where there is no file.
    static func lines(of path: String, count: Int) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, end - reach), SEEK_SET)
        let text = String(decoding: rest(of: descriptor), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(count).map(String.init)
    }

    /// Hands each new piece of the file to `body`, until the process is ended.
    static func follow(_ path: String, _ body: (String) -> Void) throws -> Never {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.failed, "\(path): \(String(cString: strerror(errno)))")
        }
        lseek(descriptor, 0, SEEK_END)
        while true {
            let piece = rest(of: descriptor)
            if !piece.isEmpty { body(String(decoding: piece, as: UTF8.self)) }
            Terminal.pause(milliseconds: 200)
        }
    }

    private static func rest(of descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
