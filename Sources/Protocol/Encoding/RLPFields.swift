/// Reads the items of an RLP list one after the other, each as what it should be.
public struct RLPFields {
    private let what: String
    private var remaining: ArraySlice<RLP>

    /// Begins to read `item`, which must be a list; errors name it as `what`.
    public init(_ item: RLP, of what: String) throws(MalformedBytes) {
        guard case .list(let items) = item else {
            throw MalformedBytes("\(what): expected an RLP list")
        }
        self.what = what
        remaining = items[...]
    }

    /// How many items are still to be read.
    public var count: Int { remaining.count }

    /// The next item, whatever it is.
    public mutating func item() throws(MalformedBytes) -> RLP {
        guard let item = remaining.popFirst() else { throw error("too few fields") }
        return item
    }

    /// The next item, a string of bytes.
    public mutating func bytes() throws(MalformedBytes) -> Bytes {
        guard case .bytes(let bytes) = try item() else { throw error("expected bytes") }
        return bytes
    }

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
        guard fields.count <= maximum else { throw error("more than \(maximum) entries") }
        var elements: [Element] = []
        while fields.count > 0 { elements.append(try Element(next: &fields)) }
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
        let bytes = try bytes()
        guard bytes.first != 0 else { throw error("a number has leading zeros") }
        guard bytes.count <= bits / 8, let value = UInt64(bigEndian: bytes) else {
            throw error("a number is beyond \(bits) bits")
        }
        return value
    }

    /// The next item, a number of up to 256 bits in its shortest form.
    public mutating func uint256() throws(MalformedBytes) -> UInt256 {
        let bytes = try bytes()
        guard bytes.first != 0 else { throw error("a number has leading zeros") }
        guard let value = UInt256(bigEndian: bytes) else {
            throw error("a number is beyond 256 bits")
        }
        return value
    }

    /// The next item, 32 bytes.
    public mutating func hash() throws(MalformedBytes) -> Hash32 {
        guard let hash = Hash32(bytes: try bytes()) else { throw error("expected 32 bytes") }
        return hash
    }

    /// The next item, 20 bytes.
    public mutating func address() throws(MalformedBytes) -> Address {
        guard let address = Address(bytes: try bytes()) else { throw error("expected 20 bytes") }
        return address
    }

    /// The next item, UTF-8.
    public mutating func text(
        atMost limit: Int = Limits.textBytes
    ) throws(MalformedBytes) -> UntrustedText {
        let bytes = try bytes()
        guard bytes.count <= limit else { throw error("a text is longer than \(limit) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error("expected UTF-8")
        }
        return UntrustedText(text)
    }

    /// The next item, 0 or 1.
    public mutating func flag() throws(MalformedBytes) -> Bool {
        switch try bytes() {
        case []: return false
        case [1]: return true
        default: throw error("expected 0 or 1")
        }
    }

    /// Throws unless every item has been read.
    public func end() throws(MalformedBytes) {
        guard remaining.isEmpty else { throw error("too many fields") }
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
        guard case .list(let items) = self else {
            throw MalformedBytes("\(what): expected a list")
        }
        guard items.count <= maximum else {
            throw MalformedBytes("\(what): more than \(maximum) entries")
        }
        var elements: [Element] = []
        elements.reserveCapacity(items.count)
        for item in items { elements.append(try transform(item)) }
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
