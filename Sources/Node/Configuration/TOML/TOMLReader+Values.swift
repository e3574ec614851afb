// Lists, tables within a line, numbers, dates.
extension TOMLReader {
    mutating func value(depth: Int) throws(MalformedTOML) -> SettingsValue {
        guard depth < Self.depth else { throw fault("nested deeper than \(Self.depth)") }
        switch peek {
        case nil: throw fault("a value is expected")
        case UInt8(ascii: "\"")?, UInt8(ascii: "'")?: return .text(try string())
        case UInt8(ascii: "[")?: return try list(depth: depth)
        case UInt8(ascii: "{")?: return try inlineTable(depth: depth)
        default: return try word()
        }
    }

    private mutating func list(depth: Int) throws(MalformedTOML) -> SettingsValue {
        position += 1
        var elements: [SettingsValue] = []
        while true {
            try skipLines()
            if take("]") { return .list(elements) }
            elements.append(try value(depth: depth + 1))
            try skipLines()
            if take(",") { continue }
            guard take("]") else { throw fault("a list does not end") }
            return .list(elements)
        }
    }

    private mutating func inlineTable(depth: Int) throws(MalformedTOML) -> SettingsValue {
        position += 1
        let table = TOMLTree()
        skipBlanks()
        if take("}") { return .table([:]) }
        repeat {
            try assignment(in: table, depth: depth + 1)
            skipBlanks()
        } while take(",")
        guard take("}") else { throw fault("a table does not end") }
        return .table(table.values)
    }

    /// A value that is neither in quotes nor in brackets.
    private mutating func word() throws(MalformedTOML) -> SettingsValue {
        let start = position
        skipWord()
        if isDate(text[start..<position]), position + 1 < text.count, text[position] == 0x20,
            Self.isDigit(text[position + 1])
        {
            position += 1
            skipWord()
        }
        let word = String(decoding: text[start..<position], as: UTF8.self)
        switch word {
        case "true": return .flag(true)
        case "false": return .flag(false)
        case "inf", "+inf": return .decimal(.infinity)
        case "-inf": return .decimal(-.infinity)
        case "nan", "+nan", "-nan": return .decimal(.nan)
        default: break
        }
        guard let value = Self.number(word) ?? Self.moment(word) else {
            throw fault(word.isEmpty ? "a value is expected" : "\(word) is no value", at: start)
        }
        return value
    }

    private mutating func skipWord() {
        while let byte = peek, Self.isBare(byte) || "+.:".utf8.contains(byte) { position += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private func isDate(_ word: ArraySlice<UInt8>) -> Bool {
        word.count == 10
            && word.enumerated().allSatisfy { index, byte in
                index == 4 || index == 7 ? byte == UInt8(ascii: "-") : Self.isDigit(byte)
            }
    }

    /// A number; each of its underscores must stand between two digits.
    private static func number(_ word: String) -> SettingsValue? {
        let digits = word.filter { $0 != "_" }
        for (form, radix) in [
            (/0x[0-9A-Fa-f](_?[0-9A-Fa-f])*/, 16), (/0o[0-7](_?[0-7])*/, 8), (/0b[01](_?[01])*/, 2),
        ] where word.wholeMatch(of: form) != nil {
            return Int64(digits.dropFirst(2), radix: radix).map { .number($0) }
        }
        let decimal =
            /[-+]?(?:0|[1-9](?:_?[0-9])*)(\.[0-9](?:_?[0-9])*)?([eE][-+]?[0-9](?:_?[0-9])*)?/
        guard let match = word.wholeMatch(of: decimal) else { return nil }
        guard match.1 != nil || match.2 != nil else { return Int64(digits).map { .number($0) } }
        return Double(digits).map { .decimal($0) }
    }

    /// A date, a time, or both, which stay text.
    private static func moment(_ word: String) -> SettingsValue? {
        let bytes = Array(word.utf8)
        let isMoment =
            bytes.allSatisfy { isDigit($0) || Array("-:.+TtZz ".utf8).contains($0) }
            && bytes.count >= 8 && isDigit(bytes[0]) && isDigit(bytes[1])
            && (bytes[2] == UInt8(ascii: ":") || bytes[4] == UInt8(ascii: "-"))
        return isMoment ? .text(word) : nil
    }
}
