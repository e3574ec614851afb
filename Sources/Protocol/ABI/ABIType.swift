/// A type of Solidity's contract ABI, as far as the native contracts use it.
public enum ABIType: Hashable, Sendable {
    /// An unsigned number of so many bits: 8, 16, … 256.
    case uint(Int)
    /// An account's address.
    case address
    /// True or false.
    case bool
    /// So many bytes: 1 to 32.
    case fixedBytes(Int)
    /// Bytes of any number.
    case bytes
    /// UTF-8.
    case string
    /// Any number of one type.
    indirect case array(ABIType)
    /// Several types in order.
    case tuple([ABIParameter])

    /// The name that stands in signatures: `uint32`, `(address,uint64)[]`.
    public var name: String {
        switch self {
        case .uint(let bits): "uint\(bits)"
        case .address: "address"
        case .bool: "bool"
        case .fixedBytes(let count): "bytes\(count)"
        case .bytes: "bytes"
        case .string: "string"
        case .array(let element): element.name + "[]"
        case .tuple(let components):
            "(" + components.map(\.type.name).joined(separator: ",") + ")"
        }
    }

    /// Whether its encoding's length depends on the value, so that an offset stands in its place.
    public var isDynamic: Bool {
        switch self {
        case .uint, .address, .bool, .fixedBytes: false
        case .bytes, .string, .array: true
        case .tuple(let components): components.contains { $0.type.isDynamic }
        }
    }

    /// How many bytes it takes in its tuple's head.
    var headSize: Int {
        guard !isDynamic, case .tuple(let components) = self else { return 32 }
        return components.reduce(0) { $0 + $1.type.headSize }
    }
}

/// A named parameter of a function, an event or a tuple.
public struct ABIParameter: Hashable, Sendable {
    /// The name; may be empty.
    public let name: String
    /// The type.
    public let type: ABIType
    /// Whether an event keeps it among its topics.
    public let isIndexed: Bool

    public init(_ name: String, _ type: ABIType, isIndexed: Bool = false) {
        self.name = name
        self.type = type
        self.isIndexed = isIndexed
    }
}

/// A value of an ``ABIType``.
public enum ABIValue: Hashable, Sendable {
    /// An unsigned number.
    case uint(UInt256)
    /// An account's address.
    case address(Address)
    /// True or false.
    case bool(Bool)
    /// As many bytes as the type says, 32 at most.
    case fixedBytes(Bytes)
    /// Bytes.
    case bytes(Bytes)
    /// A text.
    case string(String)
    /// Values of one type.
    case array([ABIValue])
    /// Values of several types.
    case tuple([ABIValue])

    /// An unsigned number of at most 64 bits.
    public static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> ABIValue {
        .uint(UInt256(UInt64(value)))
    }

    /// The number, if it is one that fits in `Value`.
    public func number<Value: FixedWidthInteger & UnsignedInteger>(
        as type: Value.Type = Value.self
    ) -> Value? {
        guard case .uint(let value) = self, let narrow = UInt64(exactly: value) else { return nil }
        return Value(exactly: narrow)
    }

    /// The address, if it is one.
    public var address: Address? {
        if case .address(let address) = self { address } else { nil }
    }

    /// The bytes, if it is bytes.
    public var bytes: Bytes? {
        switch self {
        case .bytes(let bytes), .fixedBytes(let bytes): bytes
        default: nil
        }
    }

    /// The text, if it is one: whoever made the call, or the node that was asked, wrote it.
    public var text: UntrustedText? {
        if case .string(let text) = self { UntrustedText(text) } else { nil }
    }

    /// The values, if it is an array or a tuple.
    public var elements: [ABIValue]? {
        switch self {
        case .array(let values), .tuple(let values): values
        default: nil
        }
    }
}
