import Protocol

/// Cuts a stream of bytes into frames: four bytes of length, most significant first, and as
/// many bytes of one message.
struct FrameReader {
    /// How many bytes a message may have; small until the other side has said who it is.
    var limit = FrameReader.greetingBytes
    private var buffer: Bytes = []
    private var position = 0
    /// Whether the frame that is coming was let in.
    private var isAdmitted = false

    /// How many bytes the first message may have.
    static let greetingBytes = 4_096

    static func frame(_ message: Bytes) -> Bytes {
        UInt32(message.count).bigEndianBytes + message
    }

    /// Takes what arrived.
    mutating func append(_ bytes: Bytes) {
        if position == buffer.count {
            buffer = []
        } else if position > 0 {
            buffer.removeFirst(position)
        }
        position = 0
        // Once most of a long frame is there its rest gets just the room that it needs.
        if let expected, expected > Self.largeBytes, buffer.count > expected / 2 {
            buffer.reserveCapacity(4 + expected)
        }
        buffer += bytes
    }

    /// From what length on room is made by need, and not by doubling, in bytes.
    private static let largeBytes = 1 << 20

    /// How many bytes wait for the rest of their frame.
    var unfinishedBytes: Int { buffer.count - position }

    /// How many bytes the frame that has begun announces; nil before it says so.
    private(set) var expected: Int?

    /// The next whole message, or nil if more bytes are needed; throws for one above ``limit``, and
    /// for one that has a `refusal` by its first bytes and its length.
    mutating func next(
        refusal: (_ prefix: ArraySlice<UInt8>, _ count: Int) -> LinkError? = { _, _ in nil }
    ) throws(LinkError) -> Bytes? {
        let available = buffer.count - position
        expected = nil
        guard available >= 4,
            let count = UInt32(bigEndian: buffer[position..<(position + 4)]).map(Int.init)
        else { return nil }
        guard count <= limit else { throw .oversizeFrame(count) }
        expected = count
        let prefix = min(count, WireMessage.Kind.prefixBytes)
        guard available >= 4 + prefix else { return nil }
        if !isAdmitted {
            if let refusal = refusal(buffer[(position + 4)..<(position + 4 + prefix)], count) {
                throw refusal
            }
            isAdmitted = true
        }
        guard available >= 4 + count else { return nil }
        defer {
            expected = nil
            position += 4 + count
            isAdmitted = false
        }
        return Array(buffer[(position + 4)..<(position + 4 + count)])
    }
}
