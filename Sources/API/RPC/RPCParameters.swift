internal import Protocol

/// The parameters of one call, each read as what it should be.
struct RPCParameters {
    private let values: JSON

    init(_ values: JSON?) throws(RPCError) {
        switch values {
        case nil, .null?: self.values = .array([])
        case .array?: self.values = values ?? .array([])
        default: throw .invalidParameters("non-array args")
        }
    }

    /// The parameter at `index`, or nil where there is none.
    subscript(index: Int) -> JSON? { values[index] }

    func required(_ index: Int) throws(RPCError) -> JSON {
        guard let value = self[index] else { throw .missing(index) }
        return value
    }

    func address(_ index: Int) throws(RPCError) -> Address {
        try required(index).address(as: "argument \(index)")
    }

    func hash(_ index: Int) throws(RPCError) -> Hash32 {
        try required(index).hash(as: "argument \(index)")
    }

    func bytes(_ index: Int) throws(RPCError) -> Bytes {
        try required(index).bytes(as: "argument \(index)")
    }

    func quantity(_ index: Int) throws(RPCError) -> UInt64 {
        try required(index).quantity(as: "argument \(index)")
    }

    func flag(_ index: Int) -> Bool { self[index] == .bool(true) }

    /// The block at `index`; the latest where none is named.
    func block(_ index: Int) throws(RPCError) -> BlockReference {
        try self[index].map { value throws(RPCError) in try BlockReference(value) } ?? .latest
    }
}

/// Which block a call is about.
enum BlockReference: Hashable {
    case latest
    case number(UInt64)
    case hash(Hash32)

    /// Reads a tag, a height or an object with either (EIP-1898). Every tag but `earliest` is the
    /// latest block: what is there is final, and nothing else is.
    init(_ value: JSON) throws(RPCError) {
        switch value.text?.verbatim {
        case "latest", "safe", "finalized", "pending": self = .latest
        case "earliest": self = .number(0)
        case .some(let text) where text.utf8.count == 66:
            self = .hash(try value.hash(as: "block"))
        case .some: self = .number(try value.quantity(as: "block"))
        case nil:
            if let hash = value["blockHash"] {
                self = .hash(try hash.hash(as: "blockHash"))
            } else if let number = value["blockNumber"] {
                self = try BlockReference(number)
            } else {
                throw .invalidParameters("a block is a tag, a number or an object")
            }
        }
    }
}

extension JSON {
    func address(as what: String) throws(RPCError) -> Address {
        guard let text = text?.verbatim, text.hasPrefix("0x"),
            let address = Address(hexadecimal: text)
        else {
            throw .invalidParameters("\(what): expected 0x and 40 hex digits")
        }
        return address
    }

    func hash(as what: String) throws(RPCError) -> Hash32 {
        guard let text = text?.verbatim, text.hasPrefix("0x"), let hash = Hash32(hexadecimal: text)
        else {
            throw .invalidParameters("\(what): expected 0x and 64 hex digits")
        }
        return hash
    }

    func bytes(as what: String) throws(RPCError) -> Bytes {
        guard let text = text?.verbatim, text.hasPrefix("0x"), let bytes = Hexadecimal.decode(text)
        else {
            throw .invalidParameters("\(what): expected 0x and an even number of hex digits")
        }
        return bytes
    }

    /// A number as `0x` and its digits; leading zeros are tolerated in what clients send.
    func quantity(as what: String) throws(RPCError) -> UInt64 {
        guard let text = text?.verbatim, text.hasPrefix("0x"), text.utf8.count > 2,
            text.utf8.dropFirst(2).allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let value = UInt64(text.dropFirst(2), radix: 16)
        else { throw .invalidParameters("\(what): expected 0x and a number of up to 64 bits") }
        return value
    }

    /// A number of up to 256 bits as `0x` and its digits.
    func wideQuantity(as what: String) throws(RPCError) -> UInt256 {
        guard let text = text?.verbatim, text.hasPrefix("0x"), text.utf8.count > 2 else {
            throw .invalidParameters("\(what): expected 0x and a number")
        }
        let digits = String(text.dropFirst(2).drop { $0 == "0" })
        let even = digits.utf8.count.isMultiple(of: 2) ? digits : "0" + digits
        guard let bytes = Hexadecimal.decode(even), let value = UInt256(bigEndian: bytes) else {
            throw .invalidParameters("\(what): expected a number of up to 256 bits")
        }
        return value
    }
}
