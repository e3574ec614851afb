/// Ethereum's filter of 2,048 bits over logs' addresses and topics (Yellow Paper, 4.3.1).
public struct LogsBloom: Hashable, Sendable {
    /// The filter's 256 bytes.
    public private(set) var bytes: Bytes

    public init() {
        bytes = Bytes(repeating: 0, count: 256)
    }

    /// Takes exactly 256 bytes; nil for any other count.
    public init?(bytes: Bytes) {
        guard bytes.count == 256 else { return nil }
        self.bytes = bytes
    }

    public init(logs: some Sequence<EventLog>) {
        self.init()
        for log in logs {
            insert(log.address.bytes)
            for topic in log.topics { insert(topic.bytes) }
        }
    }

    /// Adds one address or topic.
    public mutating func insert(_ item: Bytes) {
        // The first three pairs of bytes of its Keccak-256 each name a bit.
        let pairs = Keccak256.hash(item).words.0
        for shift in [48, 32, 16] as [UInt64] {
            let bit = Int(truncatingIfNeeded: pairs >> shift) & 2047
            bytes[255 - bit / 8] |= 1 << UInt8(bit % 8)
        }
    }
}
