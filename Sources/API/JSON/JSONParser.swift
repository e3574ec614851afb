/// Why a text is no JSON.
package struct MalformedJSON: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and where.
    package let description: String
}

extension JSON {
    /// How deep arrays and objects may lie in each other.
    package static let depth = 32

    /// Reads a whole text (RFC 8259): UTF-8, no value twice under one name, nothing left over, and
    /// no deeper than ``depth``.
    package init(decoding text: [UInt8]) throws(MalformedJSON) {
        guard String(validating: text, as: UTF8.self) != nil else {
            throw MalformedJSON(description: "not UTF-8")
        }
        var parser = JSONParser(text: text)
        self = try parser.document()
    }
}

/// Reads values from a text, keeping its place.
private struct JSONParser {
    let text: [UInt8]
    var position = 0

    mutating func document() throws(MalformedJSON) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == text.count else { throw fault("something follows the value") }
        return value
    }

    private mutating func value(depth: Int) throws(MalformedJSON) -> JSON {
        guard depth <= JSON.depth else { throw fault("nested deeper than \(JSON.depth)") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(MalformedJSON) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault("a name is expected") }
            let name = try string()
            guard names.insert(name).inserted else { throw fault("a name stands twice") }
            skipSpace()
            guard take(":") else { throw fault("a colon is expected") }
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("an object does not end") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(MalformedJSON) -> JSON {
        position += 1
        var elements: [JSON] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("an array does not end") }
        return .array(elements)
    }

    private mutating func word(_ word: String, _ value: JSON) throws(MalformedJSON) -> JSON {
        guard text[position...].starts(with: word.utf8) else { throw fault("no value") }
        position += word.utf8.count
        return value
    }

    private mutating func number() throws(MalformedJSON) -> JSON {
        let start = position
        _ = take("-")
        if !take("0") {
            guard digits() > 0 else { throw fault("no value") }
        }
        if take("."), digits() == 0 { throw fault("a fraction has no digits") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw fault("an exponent has no digits") }
        }
        return .number(String(decoding: text[start..<position], as: UTF8.self))
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        return position - start
    }

    private mutating func string() throws(MalformedJSON) -> String {
        position += 1
        var content: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): content += try escaped()
            case 0..<0x20: throw fault("a control character in a string")
            default: content.append(byte)
            }
        }
        throw fault("a string does not end")
    }

    private mutating func escaped() throws(MalformedJSON) -> [UInt8] {
        guard let byte = peek else { throw fault("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try Array(String(Character(scalar())).utf8)
        default: throw fault("an unknown escape")
        }
    }

    /// The scalar of one `\u` escape, or of two that make a surrogate pair.
    private mutating func scalar() throws(MalformedJSON) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xd800..<0xdc00).contains(first), take("\\"), take("u") else {
            throw fault("half of a surrogate pair")
        }
        let second = try unit()
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw fault("half of a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(MalformedJSON) -> UInt32 {
        let digits = text[position..<min(position + 4, text.count)]
        guard digits.count == 4,
            digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("an escape needs four hexadecimal digits") }
        position += 4
        return unit
    }

    private var peek: UInt8? { position < text.count ? text[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            position += 1
        }
    }

    private func fault(_ reason: String) -> MalformedJSON {
        MalformedJSON(description: "\(reason), at byte \(position)")
    }
}
