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

    private static func number(_ word: String) -> SettingsValue? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
            guard let digits = withoutSeparators(word.dropFirst(2)), digits.first != "+",
                digits.first != "-"
            else { return nil }
            return Int64(digits, radix: radix).map { .number($0) }
        }
        guard let digits = withoutSeparators(word[...]) else { return nil }
        let unsigned = digits.first == "+" || digits.first == "-" ? digits.dropFirst() : digits[...]
        let whole = unsigned.prefix(while: \.isNumber)
        guard !whole.isEmpty, whole.count == 1 || whole.first != "0" else { return nil }
        if whole.count == unsigned.count { return Int64(digits).map { .number($0) } }
        return isDecimal(unsigned.dropFirst(whole.count))
            ? Double(digits).map { .decimal($0) } : nil
    }

    /// Whether what follows the whole digits is a fraction, an exponent, or both.
    private static func isDecimal(_ text: Substring) -> Bool {
        var rest = text
        if rest.first == "." {
            let digits = rest.dropFirst().prefix(while: \.isNumber)
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let mark = rest.popFirst() else { return true }
        guard mark == "e" || mark == "E" else { return false }
        if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
        return !rest.isEmpty && rest.allSatisfy(\.isNumber)
    }

    /// The word without its underscores, each of which must stand between two digits.
    private static func withoutSeparators(_ word: Substring) -> String? {
        let letters = Array(word)
        for (index, letter) in letters.enumerated() where letter == "_" {
            guard index > 0, index + 1 < letters.count, letters[index - 1].isHexDigit,
                letters[index + 1].isHexDigit
            else { return nil }
        }
        return String(letters.filter { $0 != "_" })
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
