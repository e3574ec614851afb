import API
import Client
import Console
import Dispatch
import Protocol

/// Asks the attacked node as its owner and other members do, a few times a second each.
struct Probes: Sendable {
    let measurement: Measurement
    let testnet: AttackedTestnet
    let party: HonestParty
    let target: EndpointsFile.Node
    /// Nodes that are not asked, since the attack stops them.
    let stops: Set<String>
    /// Whether the trades that are settled are counted, and the bytes that nodes send each other.
    let countsTrades: Bool

    /// How far away the member is that shakes hands: as long a packet takes there and back, in ms.
    private static let distance: UInt32 = 40
    /// How long an answer is waited for, in seconds.
    private static let timeout = 5.0

    /// Begins everything, each on a thread of its own, which `group` waits for.
    func begin(in group: DispatchGroup) throws {
        try beginTransactions(in: group)
        let (owner, browser, member) = (target, party.browser, party.member)
        repeated(.http, every: 0.2, in: group) {
            let socket = try LoopbackSocket(to: owner.rpcPort, timeout: Self.timeout)
            try Self.expect(socket.ask("GET", "/api/v1/status"))
        }
        repeated(.https, every: 0.2, in: group) {
            let tls = try BlockingTLS(to: owner.apiPort, browser, timeout: Self.timeout)
            try Self.expect(tls.ask("GET", "/api/v1/status"))
        }
        repeated(.metrics, every: 0.2, in: group) {
            let socket = try LoopbackSocket(to: owner.metricsPort, timeout: Self.timeout)
            try Self.expect(socket.ask("GET", "/livez"))
        }
        repeated(.handshake, every: 0.25, in: group) {
            let client = try HTTP2Client(
                to: owner.p2pPort, member.context, distance: Self.distance, timeout: Self.timeout)
            try client.waitForSettings(timeout: Self.timeout)
        }
        if countsTrades { watchTradesAndTraffic(in: group) }
        repeated(.filter, every: 0.5, in: group) {
            try Self.useFilter(LoopbackSocket(to: owner.rpcPort, timeout: Self.timeout))
        }
        repeated(.listener, every: 0.5, in: group) {
            try Self.hearBlock(LoopbackSocket(to: owner.rpcPort, timeout: Self.timeout))
        }
    }

    /// Half of the members hand in at the attacked node, half at another one.
    private func beginTransactions(in group: DispatchGroup) throws {
        let others = testnet.testnet.nodes.filter {
            $0.name != target.name && !stops.contains($0.name)
        }
        let other = others.last ?? target
        let accounts = party.accounts
        for (index, account) in accounts.enumerated() {
            let node = index.isMultiple(of: 2) ? target : other
            let probe = TransactionProbe(
                measurement: measurement,
                submitter: Submitter(key: account, chainID: testnet.testnet.endpoints.chainId),
                receiver: accounts[(index + 1) % accounts.count].address,
                client: try testnet.testnet.client(node, timeoutSeconds: 5), interval: 1,
                firstDue: Double(index) / Double(accounts.count))
            DispatchQueue(label: "busbar.attack.member\(index)").async(group: group) {
                probe.run()
            }
        }
    }

    /// Counts the trades that are settled, as a node tells that is not attacked, and the bytes that
    /// nodes send each other.
    private func watchTradesAndTraffic(in group: DispatchGroup) {
        let (measurement, testnet) = (measurement, testnet.testnet)
        let nodes = testnet.nodes.filter { !stops.contains($0.name) }
        // The exchange has nothing else to do.
        let others = nodes.filter { $0.name != target.name }
        guard let teller = others.first(where: { $0.name == "exchange" }) ?? others.first else {
            return
        }
        DispatchQueue(label: "busbar.attack.trades").async(group: group) {
            while !measurement.isOver {
                let market = testnet.json("/api/v1/market", at: teller)
                if let settled = market?["trades"]?["settled"]?.natural {
                    measurement.note(settled: settled)
                }
                Terminal.pause(milliseconds: 250)
            }
        }
        DispatchQueue(label: "busbar.attack.traffic").async(group: group) {
            while !measurement.isOver {
                for node in nodes {
                    guard let traffic = testnet.traffic(of: node) else { continue }
                    measurement.note(
                        sent: traffic.sent, received: traffic.received, of: node.name)
                }
                Terminal.pause(milliseconds: 1_000)
            }
        }
    }

    private func repeated(
        _ probe: Measurement.Probe, every interval: Double, in group: DispatchGroup,
        _ body: @escaping @Sendable () throws -> Void
    ) {
        let measurement = measurement
        DispatchQueue(label: "busbar.attack.\(probe)").async(group: group) {
            var due = measurement.now
            while !measurement.isOver {
                let start = measurement.now
                let isServed = (try? body()) != nil
                let seconds = measurement.now - start
                measurement.note(probe, due: start, seconds: isServed ? seconds : nil)
                due = max(due + interval, measurement.now)
                Terminal.pause(milliseconds: UInt32(max(0, due - measurement.now) * 1_000))
            }
        }
    }

    private static func expect(_ answer: HTTP1Answer) throws {
        guard answer.status == 200 else {
            throw SocketFailure.unreadable("status \(answer.status)")
        }
    }

    /// Sets a filter up, asks for what is new, and takes it down.
    private static func useFilter(_ socket: LoopbackSocket) throws {
        let name = try result(of: "eth_newFilter", "{}", socket)
        let changes = try result(of: "eth_getFilterChanges", "\"\(name.text ?? "")\"", socket)
        let isGone = try result(of: "eth_uninstallFilter", "\"\(name.text ?? "")\"", socket)
        guard changes.elements != nil, isGone == true else {
            throw SocketFailure.unreadable("a filter")
        }
    }

    private static func result(
        of method: String, _ parameter: String, _ socket: LoopbackSocket
    ) throws -> JSON {
        let text = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":[\#(parameter)]}"#
        let answer = try socket.call(Array(text.utf8))
        guard answer.status == 200, let result = try JSON(decoding: answer.body)["result"] else {
            throw SocketFailure.unreadable("no result")
        }
        return result
    }

    /// Listens until a block is told of.
    private static func hearBlock(_ socket: LoopbackSocket) throws {
        try socket.send(HTTP1.request("GET", "/api/v1/events"))
        let deadline = ContinuousClock.now + .seconds(timeout)
        var text: Bytes = []
        let block = Array("event: block".utf8)
        while text.firstRange(of: block) == nil {
            let rest = (deadline - .now) / .seconds(1)
            text += try socket.receive(timeout: max(0, rest))
        }
    }
}
