import Protocol
import TestKit
import Testing

/// Figures of the Yellow Paper's appendix B and the Ethereum test suite's rlptest.
@Suite struct RLPTests {
    static let examples: [(RLP, String)] = [
        (.bytes([]), "80"),
        (.text("dog"), "83646f67"),
        (.bytes([0]), "00"),
        (.bytes([0x7f]), "7f"),
        (.bytes([0x80]), "8180"),
        (.number(0 as UInt64), "80"),
        (.number(15 as UInt64), "0f"),
        (.number(1024 as UInt64), "820400"),
        (.list([]), "c0"),
        (.list([.text("cat"), .text("dog")]), "c88363617483646f67"),
        (
            .list([.list([]), .list([.list([])]), .list([.list([]), .list([.list([])])])]),
            "c7c0c1c0c3c0c1c0"
        ),
        (
            .text("Lorem ipsum dolor sit amet, consectetur adipisicing elit"),
            "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572"
                + "206164697069736963696e6720656c6974"
        ),
    ]

    @Test func `published examples encode and decode`() throws {
        for (item, text) in Self.examples {
            #expect(Hexadecimal.encode(item.encoded) == text)
            let bytes = try #require(Hexadecimal.decode(text))
            #expect(try RLP(decoding: bytes) == item)
        }
    }

    @Test(arguments: [
        "", "8100", "817f", "b800", "b83700", "b90038", "8363", "c883636174", "c0c0", "bf", "f8",
        "bfffffffffffffffff", "ffffffffffffffffff", "c2820400", "b90000", "f80102", "f90000",
    ])
    func `non-canonical, short or trailing bytes are refused`(text: String) throws {
        let bytes = try #require(Hexadecimal.decode(text))
        #expect(throws: MalformedBytes.self) { try RLP(decoding: bytes) }
    }

    @Test func `lists nested beyond the limit are refused, not recursed into`() {
        #expect(throws: MalformedBytes.self) {
            try RLP(decoding: Bytes(repeating: 0xc1, count: 100_000) + [0xc0])
        }
        var item = RLP.list([])
        for _ in 0..<100 { item = .list([item]) }
        #expect(throws: MalformedBytes.self) { try RLP(decoding: item.encoded) }
    }
}

@Suite struct FixedBytesTests {
    @Test func `bytes of hashes, addresses and numbers come back in order`() throws {
        let bytes = Bytes(1...32)
        #expect(try #require(Hash32(bytes: bytes)).bytes == bytes)
        let account = Bytes(1...20)
        #expect(try #require(Address(bytes: account)).bytes == account)
        #expect(
            Address(reserved: 0x0102_0304).bytes == Bytes(repeating: 0, count: 16) + [1, 2, 3, 4])
        #expect(UInt32(0x0102_0304).bigEndianBytes == [1, 2, 3, 4])
        #expect(UInt64(bigEndian: [1, 0]) == 256)
        #expect(UInt32(bigEndian: Bytes(repeating: 0, count: 5)) == nil)
    }

    @Test(arguments: [0, 1, 54, 55, 56, 255, 256, 65_535, 65_536])
    func `strings and lists of every header length come back`(count: Int) throws {
        let text = RLP.bytes(Bytes(repeating: 0x61, count: count))
        #expect(try RLP(decoding: text.encoded) == text)
        let list = RLP.list([text, .list([text]), .number(UInt64(count))])
        #expect(try RLP(decoding: list.encoded) == list)
    }

    @Test func `a message of many small items is refused, whatever it claims to be`() {
        for code in 1...12 as ClosedRange<UInt8> {
            let junk = RLP.list(Array(repeating: .bytes([1]), count: 10_000))
            #expect(throws: MalformedBytes.self) {
                try WireMessage(
                    decoding: RLP.list([.number(code), junk]).encoded, scheme: PlainScheme())
            }
        }
    }
}
