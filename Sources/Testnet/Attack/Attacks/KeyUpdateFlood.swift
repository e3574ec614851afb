import Protocol

/// TLS key updates without end over one connection: records that carry nothing, and each of which
/// costs the node a derivation of keys. A second connection asks for an update in return for each of
/// its own and takes none of them.
struct KeyUpdateFlood: Attack {
    let adversary: Adversary

    init(by adversary: Adversary) {
        self.adversary = adversary
    }

    private var isMember: Bool { adversary == .member }
    var number: String { isMember ? "p3b" : "p3a" }
    var title: String {
        isMember ? "TLS key updates at the port for nodes" : "TLS key updates at the API"
    }

    /// Seventeen megabits a second, in records of 27 bytes.
    private static let perSecond = 80_000.0
    private static let batch = 800

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node(target)
        let port = isMember ? node.p2pPort : node.apiPort
        let context =
            isMember ? try testnet.testnet.registerAttackMember().context : try BlockingTLSContext()
        AttackThread.run(2) { thread in
            var reconnects = Pace(perSecond: 10)
            while !effort.isOver {
                reconnects.wait()
                try? Self.flood(port, context, effort, asksBack: thread == 1)
                if !effort.isOver { effort.count("connections ended by the node") }
            }
        }
    }

    /// Floods over one connection until the node ends it.
    private static func flood(
        _ port: UInt16, _ context: BlockingTLSContext, _ effort: AttackEffort, asksBack: Bool
    ) throws(SocketFailure) {
        let client = try HTTP2Client(to: port, from: .stranger(0), context)
        try client.waitForSettings()
        effort.count("connections")
        var pace = Pace(perSecond: asksBack ? perSecond / 4 : perSecond)
        while !effort.isOver {
            pace.wait(for: batch)
            let bytes = try client.tls.updateKeys(batch, asksBack: asksBack)
            effort.count("key updates", batch)
            effort.count("bytes", bytes)
            if !asksBack { try client.takeWaiting() }
        }
    }
}
