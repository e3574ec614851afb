import Protocol
import Testing

/// The examples of Solidity's "Contract ABI Specification".
@Suite struct ABITests {
    @Test func `baz(uint32,bool) encodes as published`() {
        let function = ABIFunction("baz", [.init("x", .uint(32)), .init("y", .bool)])
        let data = function.call([.number(69 as UInt32), .bool(true)])
        #expect(
            Hexadecimal.encode(data)
                == "cdcd77c0" + Self.word("45") + Self.word("1"))
    }

    @Test func `sam(bytes,bool,uint256[]) encodes as published and comes back`() throws {
        let function = ABIFunction(
            "sam", [.init("", .bytes), .init("", .bool), .init("", .array(.uint(256)))])
        let arguments: [ABIValue] = [
            .bytes(Array("dave".utf8)), .bool(true),
            .array([.uint(1), .uint(2), .uint(3)]),
        ]
        let data = function.call(arguments)
        let tail =
            Self.word("4") + "6461766500000000000000000000000000000000000000000000000000000000"
            + Self.word("3") + Self.word("1") + Self.word("2") + Self.word("3")
        #expect(
            Hexadecimal.encode(data)
                == "a5643bf2" + Self.word("60") + Self.word("1") + Self.word("a0") + tail)
        #expect(try function.arguments(in: data) == arguments)
    }

    @Test func `tuples with and without dynamic parts come back`() throws {
        let point = ABIType.tuple([.init("x", .uint(64)), .init("y", .address)])
        let named = ABIType.tuple([.init("name", .string), .init("at", point)])
        let place: ABIValue = .tuple([.uint(7), .address(NativeContract.market)])
        let values: [ABIValue] = [
            place, .tuple([.string("Straße"), place]), .array([place, place]),
            .fixedBytes([1, 2, 3, 4]),
        ]
        let types = [point, named, .array(point), .fixedBytes(4)]
        #expect(try ABI.decode(types, from: ABI.encode(values)) == values)
    }

    @Test func `offsets and lengths that lead outside are refused`() {
        let far = Bytes(repeating: 255, count: 32)
        for type in [ABIType.bytes, .string, .array(.uint(8)), .array(.array(.uint(8)))] {
            #expect(throws: MalformedBytes.self) { try ABI.decode([type], from: far) }
            let long = UInt256(32).word.bytes + far
            #expect(throws: MalformedBytes.self) { try ABI.decode([type], from: long) }
        }
        #expect(throws: MalformedBytes.self) { try ABI.decode([.uint(8)], from: [1, 2]) }
    }

    @Test func `arrays that refer to themselves do not blow up`() {
        let loop = UInt256(0).word.bytes + Bytes(repeating: 0, count: 31) + [32]
        var type = ABIType.uint(8)
        for _ in 0..<64 { type = .array(type) }
        _ = try? ABI.decode([type], from: loop)
        let wide = UInt256(32).word.bytes + UInt256(1_000).word.bytes
        #expect(throws: MalformedBytes.self) {
            try ABI.decode([.array(.tuple([]))], from: wide)
        }
    }

    @Test func `numbers wider than their type are refused`() {
        #expect(throws: MalformedBytes.self) {
            try ABI.decode([.uint(32)], from: UInt256(1 << 32).word.bytes)
        }
        #expect(throws: MalformedBytes.self) {
            try ABI.decode([.bool], from: UInt256(2).word.bytes)
        }
    }

    @Test func `an event's log comes back`() throws {
        let event = ABIEvent(
            "Transfer",
            [
                .init("from", .address, isIndexed: true), .init("to", .address, isIndexed: true),
                .init("value", .uint(256)),
            ])
        let values: [ABIValue] = [
            .address(NativeContract.market), .address(NativeContract.token), .uint(12),
        ]
        let log = event.log(from: NativeContract.token, values)
        #expect(
            log.topics[0].description
                == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
        #expect(event.values(in: log) == values)
    }

    private static func word(_ digits: String) -> String {
        String(repeating: "0", count: 64 - digits.count) + digits
    }
}
