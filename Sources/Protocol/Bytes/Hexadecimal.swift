/// The bytes that everyone agrees on are plain arrays of bytes.
public typealias Bytes = [UInt8]

/// Text in base 16, two digits an byte, lower case, as Ethereum clients write it.
public enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The text of `bytes`, without a prefix.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`, with or without `0x` in front; nil unless it is whole bytes in base
    /// 16.
    public static func decode(_ text: some StringProtocol) -> Bytes? {
        var characters = Array(text.utf8)[...]
        if characters.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) {
            characters = characters.dropFirst(2)
        }
        guard characters.count.isMultiple(of: 2) else { return nil }
        var bytes: Bytes = []
        bytes.reserveCapacity(characters.count / 2)
        while let high = characters.popFirst(), let low = characters.popFirst() {
            guard let first = value(ofDigit: high), let second = value(ofDigit: low) else {
                return nil
            }
            bytes.append(first << 4 | second)
        }
        return bytes
    }

    private static func value(ofDigit character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// A fixed number of bytes, which texts and files have in base 16.
public protocol HexadecimalText: Codable, CustomStringConvertible {
    /// How many digits there are.
    static var digits: Int { get }
    /// Reads so many digits, with or without `0x`.
    init?(hexadecimal text: some StringProtocol)
}

extension HexadecimalText {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(hexadecimal: text) else {
            throw Swift.DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected 0x and \(Self.digits) hexadecimal digits: \(text)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
