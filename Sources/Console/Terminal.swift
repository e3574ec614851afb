import Glibc
import Protocol

/// What a person sees: results on standard output, the rest on standard error. Here everything is
/// escaped that a terminal would take for more than text.
package enum Terminal {
    /// A line of the result.
    package static func say(_ text: String) {
        write(UntrustedText.escape(text, keepsLines: true) + "\n", to: STDOUT_FILENO)
    }

    /// Whether somebody reads the result from a terminal.
    package static var isWatched: Bool { isatty(STDOUT_FILENO) == 1 }

    /// A picture made of block characters, black on white whatever the terminal's colours are; a line
    /// with anything else in it is said as it is.
    package static func draw(_ lines: [String]) {
        for line in lines {
            let isPicture = line.allSatisfy { " ▀▄█".contains($0) }
            guard isPicture else {
                say(line)
                continue
            }
            write("\u{1b}[38;5;16;48;5;231m\(line)\u{1b}[0m\n", to: STDOUT_FILENO)
        }
    }

    /// A line about what goes on.
    package static func note(_ text: String) {
        write(UntrustedText.escape(text, keepsLines: true) + "\n", to: STDERR_FILENO)
    }

    /// What this program is called.
    private static var program: Substring {
        let path = CommandLine.arguments.first ?? ""
        return path.split(separator: "/").last ?? "busbar"
    }

    /// A line about what went wrong.
    package static func complain(_ text: String) {
        write("\(program): \(UntrustedText.escape(text, keepsLines: true))\n", to: STDERR_FILENO)
    }

    /// How far something is: on a terminal in place of the line before; elsewhere, where nobody
    /// looks on, the last line alone.
    package static func progress(_ text: String, isLast: Bool = false) {
        if isatty(STDERR_FILENO) == 1 {
            let line = "\r\u{1b}[K" + UntrustedText.escape(text)
            write(isLast ? line + "\n" : line, to: STDERR_FILENO)
        } else if isLast {
            note(text)
        }
    }

    /// Writes at once, so that lines stand in the order in which they were said wherever the two
    /// outputs go.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Nobody reads any more: there is nobody left to tell.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Waits; for polls alone.
    package static func pause(milliseconds: UInt32) {
        usleep(milliseconds * 1_000)
    }
}
