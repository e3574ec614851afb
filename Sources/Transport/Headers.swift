/// The header fields of a message, in order; names are lower-case.
package struct Headers: Sendable, Hashable {
    /// One field line.
    package struct Field: Sendable, Hashable {
        /// The name, lower-case.
        package let name: String
        /// The value, without surrounding white space.
        package let value: String

        /// A field; the name is lowered.
        package init(name: String, value: String) {
            let isLower = !name.utf8.contains { (0x41...0x5A).contains($0) }
            self.name = isLower ? name : name.lowercased()
            self.value = value
        }
    }

    /// All fields in order.
    package private(set) var fields: [Field]

    /// No fields.
    package init() {
        fields = []
    }

    /// The fields as given.
    package init(_ fields: [Field]) {
        self.fields = fields
    }

    /// The first value under `name` (given in lower case), if any.
    package subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// All values under `name` (given in lower case).
    package func values(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// Whether a field `name` (given in lower case) is present.
    package func contains(_ name: String) -> Bool {
        fields.contains { $0.name == name }
    }

    /// Appends a field; the name is lowered.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    mutating func add(_ field: Field) {
        fields.append(field)
    }

    /// Throws `misuse` where a name or value could break a message apart (RFC 9110, section 5).
    func validate() throws(TransportError) {
        for field in fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(isTokenByte) else {
                throw .misuse("header name \(field.name.debugDescription)")
            }
            guard field.value.utf8.allSatisfy(isFieldValueByte) else {
                throw .misuse("value of header \(field.name)")
            }
        }
    }
}

extension Headers: ExpressibleByDictionaryLiteral {
    /// Fields in the order of the literal.
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { Field(name: $0.0, value: $0.1) })
    }
}

/// Whether a byte may stand in a token (RFC 9110, section 5.6.2).
func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
        UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
        UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
        true
    default: false
    }
}

/// Whether a byte may stand in a field value: no control characters but the tab.
func isFieldValueByte(_ byte: UInt8) -> Bool {
    byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
}
