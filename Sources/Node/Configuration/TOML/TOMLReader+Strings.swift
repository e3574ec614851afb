// Texts in quotes.
extension TOMLReader {
    /// Whether three quotation marks of one kind stand here.
    private var isTripled: Bool {
        position + 2 < text.count && text[position] == text[position + 1]
            && text[position] == text[position + 2]
    }

    /// A text in quotes, three or one of a kind. Between `'` nothing is escaped.
    mutating func string() throws(MalformedTOML) -> String {
        isTripled ? try longString() : try shortString()
    }

    /// A text between two quotation marks, on one line.
    mutating func shortString() throws(MalformedTOML) -> String {
        let mark = text[position]
        position += 1
        var content: [UInt8] = []
        while let byte = peek {
            try refuseControl(byte)
            position += 1
            if byte == mark { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), mark == UInt8(ascii: "\"") {
                content += try escaped()
            } else {
                content.append(byte)
            }
        }
        throw fault("a text does not end")
    }

    /// A text between three quotation marks, over any number of lines.
    private mutating func longString() throws(MalformedTOML) -> String {
        let mark = text[position]
        position += 3
        _ = takeNewline()
        var content: [UInt8] = []
        while let byte = peek {
            if byte == mark, isTripled {
                position += 3
                // One or two marks more belong to the text.
                for _ in 0..<2 where peek == mark {
                    content.append(mark)
                    position += 1
                }
                return String(decoding: content, as: UTF8.self)
            }
            if takeNewline() {
                content.append(0x0a)
                continue
            }
            try refuseControl(byte)
            position += 1
            if byte == UInt8(ascii: "\\"), mark == UInt8(ascii: "\"") {
                if try !skipLineEnd() { content += try escaped() }
            } else {
                content.append(byte)
            }
        }
        throw fault("a text does not end")
    }

    /// After a backslash: passes over the rest of the line, if it is blank, and all blanks and
    /// line ends after it; false if the backslash is not the line's last.
    private mutating func skipLineEnd() throws(MalformedTOML) -> Bool {
        let start = position
        skipBlanks()
        guard takeNewline() else {
            position = start
            return false
        }
        repeat { skipBlanks() } while takeNewline()
        return true
    }

    private func refuseControl(_ byte: UInt8) throws(MalformedTOML) {
        guard byte >= 0x20 && byte != 0x7f || byte == 0x09 else {
            throw fault("a control character, or the end of the line, within a text")
        }
    }

    private mutating func escaped() throws(MalformedTOML) -> [UInt8] {
        guard let byte = peek else { throw fault("a text does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "u"): return try scalar(digits: 4)
        case UInt8(ascii: "U"): return try scalar(digits: 8)
        default: throw fault("an unknown escape")
        }
    }

    private mutating func scalar(digits count: Int) throws(MalformedTOML) -> [UInt8] {
        let digits = text[position..<min(position + count, text.count)]
        guard digits.count == count,
            digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(number)
        else { throw fault("an escape needs \(count) hexadecimal digits of a character") }
        position += count
        return Array(String(Character(scalar)).utf8)
    }
}
