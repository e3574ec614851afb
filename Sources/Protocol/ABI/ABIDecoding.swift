extension ABI {
    /// Reads values of `types` from a function's arguments or results.
    ///
    /// Throws if bytes are missing, an offset or a length leads outside, a number is wider than
    /// its type, padding is not zero, or a text is not UTF-8. Bytes that nothing refers to are
    /// tolerated, as Ethereum's contracts tolerate them.
    public static func decode(
        _ types: [ABIType], from bytes: Bytes
    ) throws(MalformedBytes) -> [ABIValue] {
        try decode(types, from: bytes[...])
    }

    /// Reads values as ``decode(_:from:)-(_,Bytes)`` does, out of a part of other bytes.
    static func decode(
        _ types: [ABIType], from bytes: ArraySlice<UInt8>
    ) throws(MalformedBytes) -> [ABIValue] {
        var budget = max(1_024, bytes.count)
        return try ABIReader(bytes: bytes).values(types, budget: &budget)
    }
}

/// Reads the values of one tuple; offsets count from where its bytes begin.
private struct ABIReader {
    let bytes: ArraySlice<UInt8>

    func values(
        _ types: [ABIType], budget: inout Int
    ) throws(MalformedBytes) -> [ABIValue] {
        var values: [ABIValue] = []
        values.reserveCapacity(types.count)
        var position = 0
        for type in types {
            values.append(try value(type, at: position, budget: &budget))
            position += type.headSize
        }
        return values
    }

    private func value(
        _ type: ABIType, at position: Int, budget: inout Int
    ) throws(MalformedBytes) -> ABIValue {
        budget -= 1
        guard budget >= 0 else { throw MalformedBytes("call data: too many values") }
        guard type.isDynamic else { return try fixed(type, at: position, budget: &budget) }
        let content = try reader(at: count(at: position))
        switch type {
        case .bytes:
            return .bytes(try content.dynamicBytes())
        case .string:
            guard let text = String(validating: try content.dynamicBytes(), as: UTF8.self) else {
                throw MalformedBytes("call data: a string is not UTF-8")
            }
            return .string(text)
        case .array(let element):
            let count = try content.count(at: 0)
            guard count <= budget else { throw MalformedBytes("call data: too many values") }
            let elements = try content.reader(at: 32)
            return .array(
                try elements.values(Array(repeating: element, count: count), budget: &budget))
        default:
            return try content.tuple(type, budget: &budget)
        }
    }

    private func fixed(
        _ type: ABIType, at position: Int, budget: inout Int
    ) throws(MalformedBytes) -> ABIValue {
        switch type {
        case .uint(let bits):
            let word = try word(at: position)
            guard word.leadingZeroBitCount >= 256 - bits else {
                throw MalformedBytes("call data: a number is wider than uint\(bits)")
            }
            return .uint(UInt256(word: word))
        case .address:
            let word = try word(at: position)
            guard word.leadingZeroBitCount >= 96 else {
                throw MalformedBytes("call data: an address is wider than 20 bytes")
            }
            return .address(Address(lowerPartOf: word))
        case .bool:
            let word = try word(at: position)
            guard word.leadingZeroBitCount >= 255 else {
                throw MalformedBytes("call data: a bool is neither 0 nor 1")
            }
            return .bool(word.bit(at: 255))
        case .fixedBytes(let count):
            let word = try word(at: position).bytes
            guard word.dropFirst(count).allSatisfy({ $0 == 0 }) else {
                throw MalformedBytes("call data: bytes\(count) has more bytes")
            }
            return .fixedBytes(Array(word.prefix(count)))
        default:
            return try reader(at: position).tuple(type, budget: &budget)
        }
    }

    private func tuple(
        _ type: ABIType, budget: inout Int
    ) throws(MalformedBytes) -> ABIValue {
        guard case .tuple(let components) = type else {
            throw MalformedBytes("call data: \(type.name) stands where it cannot")
        }
        return .tuple(try values(components.map(\.type), budget: &budget))
    }

    private func dynamicBytes() throws(MalformedBytes) -> Bytes {
        let count = try count(at: 0)
        let padded = (count + 31) / 32 * 32
        guard padded <= bytes.count - 32 else {
            throw MalformedBytes("call data: a length leads beyond its end")
        }
        let content = bytes.dropFirst(32).prefix(padded)
        guard content.dropFirst(count).allSatisfy({ $0 == 0 }) else {
            throw MalformedBytes("call data: padding is not zero")
        }
        return Array(content.prefix(count))
    }

    /// The number at `position`, an offset or a length: never more than the bytes there are.
    private func count(at position: Int) throws(MalformedBytes) -> Int {
        guard let value = UInt64(exactly: UInt256(word: try word(at: position))),
            value <= UInt64(bytes.count)
        else { throw MalformedBytes("call data: an offset or length leads beyond its end") }
        return Int(value)
    }

    private func reader(at offset: Int) throws(MalformedBytes) -> ABIReader {
        guard offset <= bytes.count else {
            throw MalformedBytes("call data: an offset leads beyond its end")
        }
        return ABIReader(bytes: bytes.dropFirst(offset))
    }

    private func word(at position: Int) throws(MalformedBytes) -> Hash32 {
        guard position + 32 <= bytes.count,
            let word = Hash32(bytes: bytes.dropFirst(position).prefix(32))
        else { throw MalformedBytes("call data: too short") }
        return word
    }
}
