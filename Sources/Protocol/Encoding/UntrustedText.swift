/// A text that somebody else wrote: a peer, a member, a server.
///
/// Put into a line of a log, a table or a message it stands escaped and cut, so that it can neither
/// forge a line nor move a terminal's cursor; its own letters are had by name alone.
///
///     let reason = UntrustedText("no\u{1b}[2J\nERROR all is lost")
///     print("the meter refuses: \(reason)")
///     // the meter refuses: no\u{1b}[2J\nERROR all is lost
public struct UntrustedText: Hashable, Sendable {
    /// The text as it came: for hashing, storing, comparing, and for JSON, which escapes by itself.
    public let verbatim: String

    /// The text `verbatim`.
    public init(_ verbatim: String) {
        self.verbatim = verbatim
    }

    /// How many characters are shown.
    private static let shownCharacters = 512

    /// Whether no terminal, table or log takes anything in it for more than text.
    public var isPlain: Bool { verbatim.unicodeScalars.allSatisfy(Self.isPlain) }

    /// `text` with every character escaped that could be taken for more than text; line ends stay
    /// if `keepsLines`.
    public static func escape(_ text: String, keepsLines: Bool = false) -> String {
        func stays(_ scalar: Unicode.Scalar) -> Bool {
            isPlain(scalar) || keepsLines && scalar == "\n"
        }
        guard !text.unicodeScalars.allSatisfy(stays) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            if stays(scalar) {
                escaped.unicodeScalars.append(scalar)
            } else if scalar == "\n" {
                escaped += "\\n"
            } else {
                escaped += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return escaped
    }

    /// No control character, no line or paragraph separator, nothing that turns the direction of
    /// writing, and nothing invisible. The ledger's rules use this, so it names numbers and asks no
    /// table of Unicode, which would change with a version.
    public static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0xad, 0x061c, 0x180e, 0x200b, 0x200e...0x200f, 0x2028...0x202e,
            0x2060...0x206f, 0xfeff, 0xfff0...0xfffb, 0xe0000...0xe0fff:
            false
        default: true
        }
    }
}

extension UntrustedText: ExpressibleByStringLiteral {
    /// What this program itself says to others.
    public init(stringLiteral value: String) { self.init(value) }
}

extension UntrustedText: CustomStringConvertible, CustomDebugStringConvertible {
    /// The text, escaped, cut after 512 characters.
    public var description: String {
        let shown = Self.escape(String(verbatim.unicodeScalars.prefix(Self.shownCharacters)))
        return verbatim.unicodeScalars.count > Self.shownCharacters ? shown + "…" : shown
    }

    /// As ``description``.
    public var debugDescription: String { description }
}
