import Keys
import Protocol

/// A link with a node that a member's own program holds: the protocol between nodes (docs/spec),
/// kept as far as its owner likes. It belongs to one thread.
final class PeerLink {
    let connection: HTTP2Client
    private let streams: [WireMessage.Priority: UInt32]

    /// Connects as `member` to the node at `port`, opens the three streams and, unless it is to stay
    /// a stranger to the node's replica, greets it. What the node says is kept if it `listens`.
    init(
        to port: UInt16, as member: AttackMember, from address: LoopbackAddress = .stranger(0),
        greeting hello: Hello?, listens: Bool = false
    ) throws(SocketFailure) {
        connection = try HTTP2Client(to: port, from: address, member.context)
        if listens { connection.content = [:] }
        try connection.waitForSettings()
        var streams: [WireMessage.Priority: UInt32] = [:]
        for (priority, name) in [
            (WireMessage.Priority.consensus, "consensus"), (.sync, "sync"),
            (.transactions, "transactions"),
        ] {
            streams[priority] = try connection.open("POST", "/busbar/1/\(name)")
        }
        self.streams = streams
        guard let hello else { return }
        try send(.link(.hello(hello)))
        // Until it has greeted too, larger frames would end the link.
        while connection.received[stream(.consensus)] == nil { try connection.take(timeout: 5) }
    }

    func stream(_ priority: WireMessage.Priority) -> UInt32 { streams[priority] ?? 1 }

    func send(_ message: WireMessage) throws(SocketFailure) {
        try send(frame: message.encoded, priority: message.priority)
    }

    /// Sends `bytes` as a frame, whatever they are.
    func send(frame bytes: Bytes, priority: WireMessage.Priority) throws(SocketFailure) {
        let count = UInt32(bytes.count)
        try connection.send(count.bigEndianBytes + bytes, on: stream(priority))
    }

    /// What has come since this was asked last, as far as it can be read.
    func takeMessages() throws(SocketFailure) -> [WireMessage] {
        try connection.takeWaiting()
        return streams.values.sorted().flatMap { stream in
            var (bytes, messages) = ((connection.content?[stream] ?? [])[...], [WireMessage]())
            while let length = UInt32(bigEndian: bytes.prefix(4)), bytes.count >= 4 + Int(length) {
                let frame = Array(bytes.dropFirst(4).prefix(Int(length)))
                bytes = bytes.dropFirst(4 + Int(length))
                guard let message = try? WireMessage(decoding: frame, scheme: Secp256k1()) else {
                    continue
                }
                messages.append(message)
            }
            connection.content?[stream] = Array(bytes)
            return messages
        }
    }

    func close() { connection.tls.close() }
}
