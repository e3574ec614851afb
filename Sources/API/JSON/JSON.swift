package import Protocol

/// A JSON value (RFC 8259). Numbers stay the text they were, so that none loses a digit.
package indirect enum JSON: Hashable, Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number's text.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSON])
    /// An object's members, in order.
    case object([Member])

    /// One member of an object.
    package struct Member: Hashable, Sendable {
        /// The name.
        package let name: String
        /// The value.
        package let value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }
}

extension JSON {
    /// A whole number.
    package static func number(_ value: some BinaryInteger) -> JSON { .number(String(value)) }

    /// A string, or null.
    package static func string(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }

    /// A string that somebody else wrote, or null.
    package static func string(_ value: UntrustedText?) -> JSON {
        value.map { .string($0.verbatim) } ?? .null
    }

    /// The value under `name`, if this is an object that has it and it is not null.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self,
            let value = members.first(where: { $0.name == name })?.value, value != .null
        else { return nil }
        return value
    }

    /// The element at `index`, if this is an array that has one and it is not null.
    package subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index),
            elements[index] != .null
        else { return nil }
        return elements[index]
    }

    /// The string, if it is one: whoever sent the JSON wrote it.
    package var text: UntrustedText? {
        if case .string(let text) = self { UntrustedText(text) } else { nil }
    }

    /// The elements, if it is an array.
    package var elements: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The whole number, if it is one and fits.
    package var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    /// The object with `members` after its own.
    package func adding(_ members: KeyValuePairs<String, JSON>) -> JSON {
        guard case .object(let own) = self else { return self }
        return .object(own + members.map { Member($0.key, $0.value) })
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByNilLiteral
{
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }

    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(String(value)) }
    package init(nilLiteral: ()) { self = .null }
}

extension JSON {
    /// The value's text, without white space.
    package var encoded: [UInt8] {
        var text: [UInt8] = []
        write(to: &text)
        return text
    }

    private func write(to text: inout [UInt8]) {
        switch self {
        case .null: text += "null".utf8
        case .bool(let value): text += (value ? "true" : "false").utf8
        case .number(let digits): text += digits.utf8
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            text.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                element.write(to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &text)
                text.append(UInt8(ascii: ":"))
                member.value.write(to: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += [UInt8(ascii: "\\"), UInt8(scalar.value)]
            case "\n": text += "\\n".utf8
            case "\r": text += "\\r".utf8
            case "\t": text += "\\t".utf8
            case _ where UntrustedText.isPlain(scalar): text += UTF8.encode(scalar) ?? .init()
            default:
                // Readers may show a value on a terminal before they undo its escapes.
                for unit in String(scalar).utf16 {
                    text += "\\u\(String(0x10000 + Int(unit), radix: 16).dropFirst())".utf8
                }
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
