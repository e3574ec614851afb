import Protocol

/// Choices drawn from a fuzzer's bytes, each from the next: a small change of the bytes is a small
/// change of what happens. After the last byte every draw is the first choice.
struct Draw {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isOver: Bool { place >= bytes.count }

    mutating func byte() -> UInt8 {
        guard place < bytes.count else { return 0 }
        defer { place += 1 }
        return bytes[place]
    }

    /// A number below `bound`, which is not 0.
    mutating func below(_ bound: Int) -> Int {
        bound <= 256 ? Int(byte()) % bound : (Int(byte()) << 8 | Int(byte())) % bound
    }

    /// Whether one of `count` equal cases came up.
    mutating func oneIn(_ count: Int) -> Bool { below(count) == count - 1 }

    /// One of `elements`; nil if there are none.
    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// Up to `most` of the next bytes.
    mutating func bytes(atMost most: Int) -> [UInt8] {
        let count = min(below(most + 1), bytes.count - place)
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    /// Where arithmetic goes over, and small numbers.
    private static let edges: [UInt64] =
        [7, 8, 15, 16, 31, 32, 53, 63].flatMap { bits -> [UInt64] in
            [(1 << bits) - 1, 1 << bits, (1 << bits) + 1]
        } + [.max - 1, .max]

    /// A small number, one at an edge, or any.
    mutating func number() -> UInt64 {
        switch byte() {
        case let small where small < 160: UInt64(small)
        case let edge where edge < 240: Self.edges[Int(edge) % Self.edges.count]
        default: (0..<8).reduce(0) { sum, _ in sum << 8 | UInt64(byte()) }
        }
    }

    /// As ``number()``, of fewer bits: cut, or as large as it goes.
    mutating func number<Number: FixedWidthInteger>(of type: Number.Type) -> Number {
        let number = number()
        return number % 2 == 0 ? Number(clamping: number) : Number(truncatingIfNeeded: number)
    }

    /// Something to read: plain, or with what no terminal should be shown, or long, or the fuzzer's own.
    mutating func text() -> String {
        switch below(6) {
        case 0: "a"
        case 1: ""
        case 2: "\u{1b}[2J\r\n\u{202e}ERROR all is lost\u{0}"
        case 3: String(repeating: "\u{85}", count: 40 * below(256))
        case 4: "'; DROP TABLE trades; --"
        default: String(decoding: bytes(atMost: 64), as: UTF8.self)
        }
    }

    mutating func hash() -> Hash32 {
        Hash32(bytes: Bytes(repeating: byte(), count: 32)) ?? .zero
    }
}
