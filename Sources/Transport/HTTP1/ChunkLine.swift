/// The line before a chunk: its size, and extensions, which count for nothing (RFC 9112,
/// section 7.1.1). llhttp takes `2 zz` for a size of two.
struct ChunkLine {
    /// How many bytes such a line may have, with its CR LF.
    static let longest = 256

    /// How many bytes the chunk has; zero for the last.
    let size: Int
    /// The size as it was written.
    let digits: [UInt8]

    /// Reads a line without its CR LF: one to eight hexadecimal digits, then nothing, or a
    /// semicolon and what is no control character.
    init(_ line: some Collection<UInt8>) throws(HTTP1Failure) {
        digits = Array(line.prefix(while: Self.isDigit))
        let extensions = line.dropFirst(digits.count)
        let afterSpace = extensions.drop { $0 == 0x20 || $0 == 9 }
        guard 1...8 ~= digits.count,
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
            extensions.isEmpty || afterSpace.first == UInt8(ascii: ";"),
            extensions.allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 < 0x7F })
        else { throw .bad("chunk size") }
        self.size = size
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
