import Protocol

/// HTTP/2 frames by hand (RFC 9113, section 4.1), whatever they say.
enum HTTP2Frame {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let priority: UInt8 = 2
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
    static let continuation: UInt8 = 9
    /// A type that no specification knows: whoever receives it has to pass over it.
    static let unknown: UInt8 = 0xfa

    static let endStream: UInt8 = 1
    static let acknowledged: UInt8 = 1
    static let endHeaders: UInt8 = 4

    /// What a client says first (RFC 9113, section 3.4).
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// A frame that says how long it is by `length`, or by what it carries.
    static func encode(
        _ type: UInt8, _ payload: Bytes = [], flags: UInt8 = 0, stream: UInt32 = 0,
        length: Int? = nil
    ) -> Bytes {
        let count = UInt32(length ?? payload.count)
        return count.bigEndianBytes.dropFirst() + [type, flags] + stream.bigEndianBytes + payload
    }

    /// Header fields without any compression (RFC 7541, section 6.2.2).
    static func fields(_ fields: [(name: String, value: String)]) -> Bytes {
        fields.flatMap { name, value in [0] + text(name) + text(value) }
    }

    private static func text(_ text: String) -> Bytes {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var length: Bytes = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            length.append(UInt8(rest % 128 + 128))
            rest /= 128
        }
        return length + [UInt8(rest)] + bytes
    }
}
