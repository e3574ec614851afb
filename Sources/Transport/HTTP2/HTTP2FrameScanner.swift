internal import NIOCore

/// Finds the frames in the bytes of an HTTP/2 connection (RFC 9113, section 4.1), before nghttp2 does:
/// that tells nothing of those which it passes over, and they cost work all the same.
struct HTTP2FrameScanner {
    /// The first bytes of a frame.
    struct Header {
        let length: Int
        let type: UInt8
        let flags: UInt8
    }

    /// How many bytes a frame begins with.
    private static let headerBytes = 9
    /// How many bytes a client says before its first frame.
    private static let prefaceBytes = 24

    /// Bytes until the next frame begins.
    private var rest: Int
    /// What has come of a header that is not complete.
    private var partial: [UInt8] = []

    /// A scanner for what comes from a client, or from a server.
    init(fromClient: Bool) {
        rest = fromClient ? Self.prefaceBytes : 0
    }

    /// Calls `found` with each frame that begins in `bytes`, or whose header ends there, until it
    /// answers false; whether it never did.
    mutating func scan(_ bytes: ByteBuffer, _ found: (Header) -> Bool) -> Bool {
        bytes.withUnsafeReadableBytes { bytes in
            var position = 0
            while position < bytes.count {
                if rest > 0 {
                    let skipped = min(rest, bytes.count - position)
                    rest -= skipped
                    position += skipped
                    continue
                }
                let taken = min(Self.headerBytes - partial.count, bytes.count - position)
                partial += bytes[position..<(position + taken)]
                position += taken
                guard partial.count == Self.headerBytes else { return true }
                let length = Int(partial[0]) << 16 | Int(partial[1]) << 8 | Int(partial[2])
                let header = Header(length: length, type: partial[3], flags: partial[4])
                partial.removeAll(keepingCapacity: true)
                rest = length
                guard found(header) else { return false }
            }
            return true
        }
    }
}
