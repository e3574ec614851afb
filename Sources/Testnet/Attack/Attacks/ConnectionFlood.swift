import Protocol

/// Connections from five addresses at thousands a second, half of them silent, half with the first
/// half of a ClientHello, each held as long as the attacker has room.
struct ConnectionFlood: Attack {
    enum Door: Sendable {
        case peers
        case api
    }

    private let door: Door
    let adversary = Adversary.stranger

    init(on door: Door) {
        self.door = door
    }

    var number: String { door == .peers ? "p6a" : "p6b" }
    var title: String {
        door == .peers
            ? "connections from five addresses at the port for nodes"
            : "connections from five addresses at the API"
    }

    private static let addresses = 5
    /// On each of two threads. A debug build accepts a third as many before the system's queue of those
    /// that wait is full, and whoever comes then tries again after a second.
    private static var perSecond: Double {
        #if DEBUG
            880
        #else
            2_650
        #endif
    }
    /// How many connections a thread holds.
    private static let held = 2_000
    /// After how many further ones a connection is looked at again.
    private static let delay = 100

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node(target)
        let port = door == .peers ? node.p2pPort : node.apiPort
        let unsent = try LoopbackSocket(to: port)
        let hello = try BlockingTLS(over: unsent, BlockingTLSContext()).greeting()
        let half = Array(hello.prefix(hello.count / 2))
        AttackThread.run(2) { thread in
            var sockets: [LoopbackSocket?] = []
            var pace = Pace(perSecond: Self.perSecond)
            var next = 0
            while !effort.isOver {
                pace.wait()
                let address = LoopbackAddress.stranger((2 * next + thread) % Self.addresses)
                let socket = try? LoopbackSocket(beginningTo: port, from: address)
                if next < Self.held {
                    sockets.append(socket)
                } else {
                    sockets[next % Self.held]?.reset()
                    sockets[next % Self.held] = socket
                }
                next += 1
                guard next >= Self.delay, let earlier = sockets[(next - Self.delay) % Self.held]
                else { continue }
                Self.go(on: earlier, next.isMultiple(of: 2) ? half : [], effort)
            }
            for socket in sockets { socket?.reset() }
        }
    }

    /// Says what is to be said on a connection that should stand by now.
    private static func go(on socket: LoopbackSocket, _ bytes: Bytes, _ effort: AttackEffort) {
        guard socket.isConnected else { return effort.count("not connected in time") }
        effort.count("connections")
        guard !bytes.isEmpty, (try? socket.send(bytes, timeout: 0)) != nil else { return }
        effort.count("half ClientHellos")
    }
}
