import Client
import Console
import Protocol

/// Requests that never come to their end, on many streams of many connections: halves of TLS
/// records, headers without their last frame, bodies without their last byte. Each is given a byte
/// now and then.
struct UnfinishedRequests: Attack {
    let number = "p5a"
    let title = "unfinished records, headers and bodies at the API"
    let adversary = Adversary.stranger

    let leastSeconds = Self.longest + 3

    /// How long anything unfinished may be kept, in seconds: as long as a connection without a
    /// stream, and a moment.
    static let longest = 32.0

    private enum Kind: String, CaseIterable {
        case record = "TLS records"
        case header = "headers"
        case frame = "DATA frames"
        case body = "bodies"
    }

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node(target)
        let context = try BlockingTLSContext()
        let count = effort.isShort ? 8 : 80
        var held = HeldConnections()
        for number in 0..<count where !effort.isOver {
            let kind = Kind.allCases[number % Kind.allCases.count]
            let address = LoopbackAddress.stranger(number % 8)
            guard let client = try? HTTP2Client(to: node.apiPort, from: address, context),
                let nudge = try? Self.begin(kind, client, effort)
            else { continue }
            effort.count("unfinished \(kind.rawValue)")
            held.hold(kind.rawValue, nudge)
        }
        held.watch(effort)
        effort.claim(
            "kept unfinished", held.longest <= Self.longest,
            "\(Figures.rounded(held.longest)) s", limit: "\(Self.longest) s")
        held.countOpen(effort)
    }

    /// Begins what is not to be finished; returns what gives it another byte.
    private static func begin(
        _ kind: Kind, _ client: HTTP2Client, _ effort: AttackEffort
    ) throws(SocketFailure) -> HeldConnections.Nudge {
        try client.waitForSettings()
        switch kind {
        case .record:
            let record = try client.tls.sealed(Bytes(repeating: 0, count: 16_384))
            var rest = record.suffix(100)
            try client.tls.socket.send(Array(record.dropLast(100)))
            effort.count("bytes", record.count - 100)
            return { () throws(SocketFailure) in
                guard !client.tls.socket.hasEnded else { throw .closed }
                if rest.count > 1 { try client.tls.socket.send([rest.removeFirst()]) }
            }
        case .header:
            // HEADERS without END_HEADERS; its CONTINUATION begins and does not end.
            let fields = HTTP2Frame.fields([
                (":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "x"),
            ])
            try client.tls.send(
                HTTP2Frame.encode(HTTP2Frame.headers, fields, stream: 1)
                    + HTTP2Frame.encode(
                        HTTP2Frame.continuation, Bytes(repeating: 0, count: 8_000), stream: 1,
                        length: 16_000))
            effort.count("bytes", 8_000)
            return { () throws(SocketFailure) in try nudge(client, [0]) }
        case .frame:
            return try beginBody(client, length: 16_384, effort)
        case .body:
            var last = [UInt8]()
            for _ in 0..<100 {
                _ = try beginBody(client, length: nil, effort)
                last = HTTP2Frame.encode(HTTP2Frame.data, [0x20], stream: 1)
            }
            return { [last] () throws(SocketFailure) in try nudge(client, last) }
        }
    }

    /// Begins a request whose frame, or whose body, does not end.
    private static func beginBody(
        _ client: HTTP2Client, length: Int?, _ effort: AttackEffort
    ) throws(SocketFailure) -> HeldConnections.Nudge {
        let stream = try client.open("POST", "/", headers: [("content-type", "application/json")])
        let frame = HTTP2Frame.encode(
            HTTP2Frame.data, Bytes(repeating: 0x20, count: 8_000), stream: stream, length: length)
        try client.tls.send(frame)
        effort.count("bytes", frame.count)
        return { () throws(SocketFailure) in try nudge(client, [0x20]) }
    }

    private static func nudge(_ client: HTTP2Client, _ bytes: Bytes) throws(SocketFailure) {
        // Inside an unfinished frame nothing can be answered, so nothing that came is read.
        guard !client.tls.socket.hasEnded else { throw .closed }
        try client.tls.send(bytes, timeout: 0.2)
    }
}
