import Glibc
import Protocol

/// Where the node's log lines go, each whole in one write: here every line is escaped and cut, so
/// that nothing that a peer or a client said can forge another line or reach a terminal.
struct LogStream: TextOutputStream, Sendable {
    private let descriptor: Int32

    /// How many characters of a line are written.
    static let longestLine = 4_096

    init(descriptor: Int32 = STDERR_FILENO) {
        self.descriptor = descriptor
    }

    /// Writes one line, which ends with a line feed.
    func write(_ line: String) {
        // By scalars: a carriage return before the line feed would be one character with it.
        let scalars = line.unicodeScalars
        let text = scalars.last == "\n" ? scalars.dropLast() : scalars[...]
        let shown = text.prefix(Self.longestLine)
        let end = shown.endIndex < text.endIndex ? "…\n" : "\n"
        let bytes = Array((UntrustedText.escape(String(shown)) + end).utf8)
        // A log that cannot be written must not stop the node, and there is no other place to say so.
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
