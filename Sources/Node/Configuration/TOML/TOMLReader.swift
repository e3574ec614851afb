/// Why a text is no TOML, and where.
struct MalformedTOML: Error, Hashable {
    let line: Int
    let column: Int
    let reason: String
}

/// Reads TOML 1.0 (toml.io/en/v1.0.0). Texts of any kind end in a table or in an error; what is
/// nested deeper than ``depth`` is refused. Dates and times stay the text that they are.
struct TOMLReader {
    /// How deep lists and tables may lie in each other.
    static let depth = 32

    let text: [UInt8]
    var position = 0
    private let root = TOMLTree()
    private var current: TOMLTree

    static func read(_ text: String) throws(MalformedTOML) -> [String: SettingsValue] {
        var reader = TOMLReader(text)
        try reader.document()
        return reader.root.values
    }

    private init(_ text: String) {
        var bytes = Array(text.utf8)
        // A byte order mark is allowed at the beginning.
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
        self.text = bytes
        current = root
    }

    private mutating func document() throws(MalformedTOML) {
        while true {
            skipBlanks()
            guard let byte = peek else { return }
            switch byte {
            case UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "["): try header()
            default: try assignment(in: current, depth: 0)
            }
            try endOfLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`: where the following keys belong.
    private mutating func header() throws(MalformedTOML) {
        let start = position
        position += 1
        let isList = take("[")
        let names = try key()
        guard take("]"), !isList || take("]") else { throw fault("a table's name does not end") }
        guard let last = names.last, let parent = root.descend(names.dropLast()),
            let table = isList ? parent.append(last) : parent.open(last)
        else { throw fault("\(names.joined(separator: ".")) is there already", at: start) }
        current = table
    }

    /// `a.b = value`.
    mutating func assignment(in table: TOMLTree, depth: Int) throws(MalformedTOML) {
        let start = position
        let names = try key()
        guard take("=") else { throw fault("= is expected") }
        skipBlanks()
        let value = try value(depth: depth)
        guard let last = names.last, let target = table.extend(names.dropLast()),
            target.set(last, to: value)
        else { throw fault("\(names.joined(separator: ".")) is there already", at: start) }
    }

    /// A key with its dots, and the blanks around it.
    private mutating func key() throws(MalformedTOML) -> [String] {
        var names: [String] = []
        repeat {
            skipBlanks()
            names.append(try name())
            skipBlanks()
        } while take(".")
        guard names.count <= Self.depth else { throw fault("too many dots") }
        return names
    }

    private mutating func name() throws(MalformedTOML) -> String {
        if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") { return try shortString() }
        let start = position
        while let byte = peek, Self.isBare(byte) { position += 1 }
        guard position > start else { throw fault("a key is expected") }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

// What stands between values.
extension TOMLReader {
    var peek: UInt8? { position < text.count ? text[position] : nil }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x09 { position += 1 }
    }

    /// Takes a line's end; false if there is none here.
    mutating func takeNewline() -> Bool {
        if take("\n") { return true }
        guard peek == 0x0d, position + 1 < text.count, text[position + 1] == 0x0a else {
            return false
        }
        position += 2
        return true
    }

    /// A comment, if there is one.
    mutating func skipComment() throws(MalformedTOML) {
        guard take("#") else { return }
        while let byte = peek, byte != 0x0a, byte != 0x0d {
            guard byte >= 0x20 && byte != 0x7f || byte == 0x09 else {
                throw fault("a control character in a comment")
            }
            position += 1
        }
    }

    private mutating func endOfLine() throws(MalformedTOML) {
        skipBlanks()
        try skipComment()
        guard peek == nil || takeNewline() else { throw fault("the end of the line is expected") }
    }

    /// Blanks, comments and line ends, as they may stand between a list's elements.
    mutating func skipLines() throws(MalformedTOML) {
        repeat {
            skipBlanks()
            try skipComment()
        } while takeNewline()
    }

    func fault(_ reason: String, at place: Int? = nil) -> MalformedTOML {
        let before = text[..<min(place ?? position, text.count)]
        let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        return MalformedTOML(
            line: before.count { $0 == 0x0a } + 1,
            column: String(decoding: before[lineStart...], as: UTF8.self).count + 1,
            reason: reason)
    }
}
