/// The contract ABI's encoding of values (Solidity, "Contract ABI Specification").
public enum ABI {
    /// The encoding of `values` as a function's arguments or results.
    public static func encode(_ values: [ABIValue]) -> Bytes {
        let headSize = values.reduce(0) { $0 + $1.headSize }
        var head: Bytes = []
        head.reserveCapacity(headSize)
        var tail: Bytes = []
        for value in values {
            if value.isDynamic {
                head += word(UInt64(headSize + tail.count))
                tail += value.encoded
            } else {
                value.append(to: &head)
            }
        }
        return tail.isEmpty ? head : head + tail
    }

    static func word(_ value: UInt64) -> Bytes { UInt256(value).word.bytes }

    /// Bytes filled up with zeros behind to whole words.
    static func padded(_ bytes: Bytes) -> Bytes {
        bytes + Bytes(repeating: 0, count: (32 - bytes.count % 32) % 32)
    }
}

extension ABIValue {
    fileprivate var isDynamic: Bool {
        switch self {
        case .uint, .address, .bool, .fixedBytes: false
        case .bytes, .string, .array: true
        case .tuple(let values): values.contains(where: \.isDynamic)
        }
    }

    fileprivate var headSize: Int {
        guard !isDynamic, case .tuple(let values) = self else { return 32 }
        return values.reduce(0) { $0 + $1.headSize }
    }

    /// Appends the encoding of a value that is not dynamic.
    fileprivate func append(to output: inout Bytes) {
        switch self {
        case .uint(let value): value.word.append(to: &output)
        case .address(let address):
            output.append(contentsOf: repeatElement(0, count: 12))
            address.append(to: &output)
        default: output += encoded
        }
    }

    fileprivate var encoded: Bytes {
        switch self {
        case .uint(let value): value.word.bytes
        case .address(let address): Bytes(repeating: 0, count: 12) + address.bytes
        case .bool(let flag): ABI.word(flag ? 1 : 0)
        case .fixedBytes(let bytes): ABI.padded(bytes)
        case .bytes(let bytes): ABI.word(UInt64(bytes.count)) + ABI.padded(bytes)
        case .string(let text):
            ABI.word(UInt64(text.utf8.count)) + ABI.padded(Array(text.utf8))
        case .array(let values): ABI.word(UInt64(values.count)) + ABI.encode(values)
        case .tuple(let values): ABI.encode(values)
        }
    }
}
