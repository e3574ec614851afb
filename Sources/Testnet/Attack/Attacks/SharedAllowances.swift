import Client
import Protocol

/// What clients have in common, taken by a few: thousands of filters, hundreds of listeners over six
/// connections, and requests of another site's page through the owner's own browser.
struct SharedAllowances: Attack {
    let number = "p7"
    let title = "filters, listeners and requests of other sites"
    let adversary = Adversary.stranger
    let target = "h01"

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node(target)
        let context = try BlockingTLSContext()
        AttackThread.run(4) { thread in
            switch thread {
            case 0: Self.listen(at: node, context, effort)
            case 1: Self.visit(node, effort)
            default: Self.setUpFilters(at: node, effort, isLarge: thread == 2)
            }
        }
    }

    /// Sets filters up from six addresses, each as fast as it may: small ones, or as large as a
    /// filter can be.
    private static func setUpFilters(
        at node: EndpointsFile.Node, _ effort: AttackEffort, isLarge: Bool
    ) {
        let topics = [String](
            repeating: "\"0x\(String(repeating: "ab", count: 32))\"", count: 1_000
        )
        .joined(separator: ",")
        let content = isLarge ? #"{"topics":[[\#(topics)],[\#(topics)]]}"# : "{}"
        let call = #"{"jsonrpc":"2.0","id":1,"method":"eth_newFilter","params":[\#(content)]}"#
        let batch = Array(
            "[\([String](repeating: call, count: isLarge ? 4 : 50).joined(separator: ","))]".utf8)
        let calls = isLarge ? 4 : 50
        var pace = Pace(perSecond: isLarge ? 10 : 12)
        var turn = 0
        while !effort.isOver {
            pace.wait()
            turn += 1
            let address = LoopbackAddress.stranger((isLarge ? 10 : 20) + turn % 6)
            guard let socket = try? LoopbackSocket(to: node.rpcPort, from: address),
                let answer = try? socket.call(batch)
            else { continue }
            effort.count("calls for filters", calls)
            let text = String(decoding: answer.body, as: UTF8.self)
            effort.count("filters kept", text.components(of: "\"result\""))
        }
    }

    /// Opens as many listeners as the node takes over six connections, again once they are cut.
    private static func listen(
        at node: EndpointsFile.Node, _ context: BlockingTLSContext, _ effort: AttackEffort
    ) {
        var clients: [HTTP2Client?] = [HTTP2Client?](repeating: nil, count: 6)
        var pace = Pace(perSecond: 10)
        while !effort.isOver {
            for place in clients.indices where !effort.isOver {
                pace.wait()
                do throws(SocketFailure) {
                    try clients[place]?.takeWaiting()
                } catch {
                    clients[place] = nil
                }
                guard clients[place] == nil else { continue }
                clients[place] = try? open(at: node, .stranger(30 + place / 2), context, effort)
            }
        }
        effort.count(
            "listeners open at the end", clients.reduce(0) { $0 + ($1?.answered.count ?? 0) })
    }

    private static func open(
        at node: EndpointsFile.Node, _ address: LoopbackAddress, _ context: BlockingTLSContext,
        _ effort: AttackEffort
    ) throws(SocketFailure) -> HTTP2Client {
        let client = try HTTP2Client(to: node.apiPort, from: address, context)
        try client.waitForSettings()
        for _ in 0..<100 { _ = try client.open("GET", "/api/v1/events", isWhole: true) }
        effort.count("listeners asked for", 100)
        try client.takeWaiting()
        return client
    }

    /// Asks as a page of another site would have the owner's browser ask.
    private static func visit(_ node: EndpointsFile.Node, _ effort: AttackEffort) {
        var pace = Pace(perSecond: 400)
        var socket: LoopbackSocket?
        while !effort.isOver {
            pace.wait()
            do throws(SocketFailure) {
                if socket == nil { socket = try LoopbackSocket(to: node.rpcPort) }
                guard let open = socket else { continue }
                let answer = try open.ask(
                    "GET", "/api/v1/status", headers: [("origin", "https://evil.example")])
                effort.count("requests of another site")
                if answer.status == 200 { effort.count("answers to another site") }
            } catch {
                socket = nil
            }
        }
        let answers = effort.count(of: "answers to another site")
        effort.claim("another site", answers == 0, "\(answers) answers", limit: "none")
    }
}

extension String {
    /// How often `text` stands in it.
    fileprivate func components(of text: String) -> Int {
        ranges(of: text).count
    }
}
