/// Reads the items of an RLP list one after the other, each as what it should be.
public struct RLPFields {
    private let what: String
    private let source: Bytes
    private var position: Int
    private let last: Int

    /// Begins to read `item`, which must be a list; errors name it as `what`.
    public init(_ item: RLP, of what: String) throws(MalformedBytes) {
        let header = RLPHeader(at: item.range.lowerBound, in: item.bytes)
        guard header.isList else { throw MalformedBytes("\(what): expected an RLP list") }
        self.what = what
        source = item.bytes
        position = header.content.lowerBound
        last = header.content.upperBound
    }

    /// Whether every item has been read.
    public var isAtEnd: Bool { position == last }

    /// The next item, whatever it is.
    public mutating func item() throws(MalformedBytes) -> RLP {
        let start = position
        let header = try next()
        return RLP(part: start..<header.content.upperBound, of: source)
    }

    /// Goes beyond the next item, and says what it is.
    private mutating func next() throws(MalformedBytes) -> RLPHeader {
        guard position < last else { throw error("too few fields") }
        let header = RLPHeader(at: position, in: source)
        position = header.content.upperBound
        return header
    }

    /// The next item, a string, where it stands.
    private mutating func slice() throws(MalformedBytes) -> ArraySlice<UInt8> {
        let header = try next()
        guard !header.isList else { throw error("expected bytes") }
        return source[header.content]
    }

    /// The next item, a string of bytes.
    public mutating func bytes() throws(MalformedBytes) -> Bytes { Array(try slice()) }

    /// The next item, a list of at most `maximum` items, each made by `transform`.
    public mutating func list<Element>(
        atMost maximum: Int, _ transform: (RLP) throws(MalformedBytes) -> Element
    ) throws(MalformedBytes) -> [Element] {
        try item().elements(of: what, atMost: maximum, transform)
    }

    /// The next item, a list of at most `maximum` elements.
    public mutating func list<Element: RLPField>(
        of type: Element.Type = Element.self, atMost maximum: Int
    ) throws(MalformedBytes) -> [Element] {
        var fields = try RLPFields(try item(), of: what)
        var elements: [Element] = []
        while !fields.isAtEnd {
            guard elements.count < maximum else { throw error("more than \(maximum) entries") }
            elements.append(try Element(next: &fields))
        }
        return elements
    }

    /// The next item, a number in its shortest form that fits the type.
    @inlinable
    public mutating func number<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type = Value.self
    ) throws(MalformedBytes) -> Value {
        Value(truncatingIfNeeded: try number(bits: Value.bitWidth))
    }

    /// The next item, a number in its shortest form of at most `bits` bits, 64 at most.
    @usableFromInline
    mutating func number(bits: Int) throws(MalformedBytes) -> UInt64 {
        let bytes = try slice()
        guard bytes.first != 0 else { throw error("a number has leading zeros") }
        guard bytes.count <= bits / 8, let value = UInt64(bigEndian: bytes) else {
            throw error("a number is beyond \(bits) bits")
        }
        return value
    }

    /// The next item, a number of up to 256 bits in its shortest form.
    public mutating func uint256() throws(MalformedBytes) -> UInt256 {
        let bytes = try slice()
        guard bytes.first != 0 else { throw error("a number has leading zeros") }
        guard let value = UInt256(bigEndian: bytes) else {
            throw error("a number is beyond 256 bits")
        }
        return value
    }

    /// The next item, 32 bytes.
    public mutating func hash() throws(MalformedBytes) -> Hash32 {
        guard let hash = Hash32(bytes: try slice()) else { throw error("expected 32 bytes") }
        return hash
    }

    /// The next item, 20 bytes.
    public mutating func address() throws(MalformedBytes) -> Address {
        guard let address = Address(bytes: try slice()) else { throw error("expected 20 bytes") }
        return address
    }

    /// The next item, UTF-8.
    public mutating func text(
        atMost limit: Int = Limits.textBytes
    ) throws(MalformedBytes) -> UntrustedText {
        let bytes = try slice()
        guard bytes.count <= limit else { throw error("a text is longer than \(limit) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error("expected UTF-8")
        }
        return UntrustedText(text)
    }

    /// The next item, 0 or 1.
    public mutating func flag() throws(MalformedBytes) -> Bool {
        let bytes = try slice()
        guard bytes.isEmpty || bytes.elementsEqual([1]) else { throw error("expected 0 or 1") }
        return !bytes.isEmpty
    }

    /// Throws unless every item has been read.
    public func end() throws(MalformedBytes) {
        guard isAtEnd else { throw error("too many fields") }
    }

    func error(_ reason: String) -> MalformedBytes {
        MalformedBytes("\(what): \(reason)")
    }
}

/// What has one canonical RLP item.
public protocol RLPEncodable {
    /// The canonical item.
    var rlp: RLP { get }
}

/// What can be read back from its canonical RLP item.
public protocol RLPDecodable: RLPEncodable, RLPField {
    /// Reads the canonical item; throws for any other.
    init(rlp: RLP) throws(MalformedBytes)
}

extension RLPDecodable {
    public var item: RLP { rlp }
    public init(next fields: inout RLPFields) throws(MalformedBytes) {
        try self.init(rlp: try fields.item())
    }
}

extension RLP {
    /// What `transform` makes of each item of this list of at most `maximum`; errors name the list
    /// as `what`.
    func elements<Element>(
        of what: String, atMost maximum: Int, _ transform: (RLP) throws(MalformedBytes) -> Element
    ) throws(MalformedBytes) -> [Element] {
        var fields = try RLPFields(self, of: what)
        var elements: [Element] = []
        while !fields.isAtEnd {
            guard elements.count < maximum else {
                throw MalformedBytes("\(what): more than \(maximum) entries")
            }
            elements.append(try transform(try fields.item()))
        }
        return elements
    }

    /// 1 or 0.
    public static func flag(_ value: Bool) -> RLP { .bytes(value ? [1] : []) }
    /// Thirty-two bytes.
    public static func hash(_ value: Hash32) -> RLP { .bytes(value.bytes) }
    /// Twenty bytes.
    public static func address(_ value: Address) -> RLP { .bytes(value.bytes) }
    /// The items of `values`, in order.
    public static func list(of values: some Sequence<some RLPEncodable>) -> RLP {
        .list(values.map(\.rlp))
    }
}
