import Protocol

/// Cuts a stream of bytes into frames: four bytes of length, most significant first, and as
/// many bytes of one message.
struct FrameReader {
    /// How many bytes a message may have; small until the other side has said who it is.
    var limit = FrameReader.greetingBytes
    /// What has arrived of frames that have not been let in.
    private var buffer: Bytes = []
    private var position = 0
    /// What has arrived of the frame that was let in; nil between frames.
    private var frame: Bytes?

    /// How many bytes the first message may have.
    static let greetingBytes = 4_096

    static func frame(_ message: Bytes) -> Bytes {
        UInt32(message.count).bigEndianBytes + message
    }

    /// Takes what arrived.
    mutating func append(_ bytes: Bytes) {
        let lacking = frame.map { (expected ?? 0) - $0.count } ?? 0
        frame?.append(contentsOf: bytes.prefix(lacking))
        guard bytes.count > lacking else { return }
        buffer = Array(buffer[position...]) + bytes.dropFirst(lacking)
        position = 0
    }

    /// How many bytes wait for the rest of their frame.
    var unfinishedBytes: Int { buffer.count - position + (frame.map { $0.count + 4 } ?? 0) }

    /// How many bytes the frame that has begun announces; nil before it says so.
    private(set) var expected: Int?

    /// Lets the next frame in once its first bytes are there, and returns its length; nil if more
    /// bytes are needed, or a frame is coming already. Throws for one above ``limit``, and for one
    /// that has a `refusal` by its first bytes and its length.
    mutating func begin(
        refusal: (_ prefix: ArraySlice<UInt8>, _ count: Int) -> LinkError? = { _, _ in nil }
    ) throws(LinkError) -> Int? {
        guard frame == nil else { return nil }
        let available = buffer.count - position
        expected = nil
        guard available >= 4,
            let count = UInt32(bigEndian: buffer[position..<(position + 4)]).map(Int.init)
        else { return nil }
        guard count <= limit else { throw .oversizeFrame(count) }
        expected = count
        let prefix = min(count, WireMessage.Kind.prefixBytes)
        guard available >= 4 + prefix else { return nil }
        if let refusal = refusal(buffer[(position + 4)..<(position + 4 + prefix)], count) {
            throw refusal
        }
        let end = min(position + 4 + count, buffer.count)
        var frame: Bytes = []
        // Room that nothing was written to takes no memory yet; growing by doubling would take more.
        frame.reserveCapacity(count)
        frame.append(contentsOf: buffer[(position + 4)..<end])
        self.frame = frame
        (buffer, position) = end == buffer.count ? ([], 0) : (buffer, end)
        return count
    }

    /// The message of the frame that was let in, if it is whole.
    mutating func take() -> Bytes? {
        guard let frame, frame.count == expected else { return nil }
        (self.frame, expected) = (nil, nil)
        return frame
    }
}
