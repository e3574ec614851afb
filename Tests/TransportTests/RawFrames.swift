/// What an HTTP/2 client says first (RFC 9113, section 3.4).
let rawPreface = bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

/// An HTTP/2 frame, whatever it says.
func rawFrame(
    _ type: UInt8, _ payload: [UInt8], flags: UInt8 = 0, stream: UInt32 = 0
) -> [UInt8] {
    let length = UInt32(payload.count)
    return [UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff)]
        + [type, flags]
        + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> $0) } + payload
}

/// A whole GET of "/" on a stream: three fields of the static table, and the authority "x".
func rawGet(stream: UInt32) -> [UInt8] {
    rawFrame(1, [0x82, 0x84, 0x87, 0x01, 1, UInt8(ascii: "x")], flags: 5, stream: stream)
}
