import Client
import Protocol

/// Numbers at the edges of what a field holds, from thousands of clients: each sets a filter up from
/// a block that cannot be, and asks what is new; and the same numbers stand in every parameter of
/// every method and path.
struct BoundaryNumbers: Attack {
    let number = "p1"
    let title = "boundary numbers from thousands of clients"
    let adversary = Adversary.stranger
    let target = "h01"

    /// How many addresses ask. A filter takes 256 bytes at least, so this many find room at a time;
    /// what happens beyond, docs/reliability.md does not promise.
    private static let clients = 3_000
    private static let clientsInShort = 300

    private static let edges: [UInt64] = [
        0, 1 << 31, 1 << 32, 1 << 63, .max - 1, .max,
    ]
    private static let texts =
        edges.map { "\"0x\(String($0, radix: 16))\"" } + edges.map { "\($0)" }
        + ["-1", "0.5", "1e400", "18446744073709551616", "\"\"", "null", "[]", "{}"]

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node(target)
        let clients = effort.isShort ? Self.clientsInShort : Self.clients
        AttackThread.run(3) { thread in
            // An error ends a client's connection, which the counts tell.
            switch thread {
            case 0: Self.askEverything(node, effort)
            default: Self.askByFilters(node, effort, thread, clients)
            }
        }
        let (faults, calls) = (effort.count(of: "faults of the node"), effort.count(of: "calls"))
        effort.claim(
            "answers", faults == 0 && calls > 0, "\(faults) of \(calls) a fault of the node",
            limit: "none")
    }

    /// Every other of the clients, again and again.
    private static func askByFilters(
        _ node: EndpointsFile.Node, _ effort: AttackEffort, _ thread: Int, _ clients: Int
    ) {
        var pace = Pace(perSecond: 250)
        var client = thread
        var seen = 0
        while !effort.isOver {
            pace.wait()
            let edge = edges[client / 2 % edges.count] &- UInt64(client % 5)
            let address = LoopbackAddress.stranger(1_000 + client % clients)
            try? useFilter(from: edge, at: node, address, effort)
            if seen < clients { effort.count("clients") }
            (client, seen) = (client + 2, seen + 2)
        }
    }

    private static func useFilter(
        from block: UInt64, at node: EndpointsFile.Node, _ address: LoopbackAddress,
        _ effort: AttackEffort
    ) throws(SocketFailure) {
        let socket = try LoopbackSocket(to: node.rpcPort, from: address)
        let made = try ask(
            call("eth_newFilter", #"{"fromBlock":"0x\#(String(block, radix: 16))"}"#), socket,
            effort)
        let text = String(decoding: made.body, as: UTF8.self)
        guard let name = text.split(separator: "\"").first(where: { $0.hasPrefix("0x") }) else {
            return
        }
        for method in ["eth_getFilterChanges", "eth_getFilterLogs", "eth_uninstallFilter"] {
            _ = try ask(call(method, "\"\(name)\""), socket, effort)
        }
    }

    private static func call(_ method: String, _ parameters: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":[\#(parameters)]}"#
    }

    @discardableResult
    private static func ask(
        _ text: String, _ socket: LoopbackSocket, _ effort: AttackEffort, count: Int = 1
    ) throws(SocketFailure) -> HTTP1Answer {
        let answer = try socket.call(Array(text.utf8))
        note(answer, effort, count)
        return answer
    }

    private static func note(_ answer: HTTP1Answer, _ effort: AttackEffort, _ count: Int) {
        effort.count("calls", count)
        // -32603 is "internal error"; a node that is busy says 503 and when to come again.
        let fault = Array("-32603".utf8)
        if answer.status == 500 || answer.body.firstRange(of: fault) != nil {
            effort.count("faults of the node")
        }
    }
}

// Every method and every path.
extension BoundaryNumbers {
    /// How each method is called: `#` stands where a number is to be put.
    private static let methods = [
        "web3_sha3": "#", "eth_sendRawTransaction": "#", "eth_getBalance": "#,#",
        "eth_getCode": "#,#", "eth_getStorageAt": "#,#,#", "eth_getTransactionCount": "#,#",
        "eth_call": ##"{"to":#,"from":#,"data":#,"value":#,"gas":#},#"##,
        "eth_estimateGas": ##"{"to":#,"data":#,"value":#},#"##, "eth_feeHistory": "#,#,[#]",
        "eth_getBlockByNumber": "#,#", "eth_getBlockByHash": "#,#",
        "eth_getBlockTransactionCountByNumber": "#", "eth_getBlockTransactionCountByHash": "#",
        "eth_getUncleCountByBlockNumber": "#",
        "eth_getTransactionByBlockNumberAndIndex": "#,#",
        "eth_getTransactionByBlockHashAndIndex": "#,#", "eth_getBlockReceipts": "#",
        "eth_getTransactionByHash": "#", "eth_getTransactionReceipt": "#",
        "eth_getLogs": ##"{"fromBlock":#,"toBlock":#,"address":#,"topics":[#]}"##,
        "eth_newFilter": ##"{"fromBlock":#,"toBlock":#,"topics":[[#,#]]}"##,
        "eth_getFilterChanges": "#", "eth_getFilterLogs": "#", "eth_uninstallFilter": "#",
    ]

    private static let paths = [
        "blocks?limit=#", "blocks?cursor=#", "blocks/#", "blocks/#/transactions",
        "transactions/#", "transactions/#?wait=final&timeout=#", "accounts/#",
        "accounts/#/transfers?cursor=#", "members?cursor=#", "members/#", "offers?cursor=#",
        "trades?cursor=#&limit=#", "trades/#", "trades?state=#&seller=#",
    ]

    private static func askEverything(_ node: EndpointsFile.Node, _ effort: AttackEffort) {
        let calls = methods.sorted { $0.key < $1.key }.flatMap { method, form in
            texts.flatMap { text in
                fillings(of: form, with: text).map { call(method, $0) }
            }
        }
        var pace = Pace(perSecond: 20)
        var client = 0
        while !effort.isOver {
            for start in stride(from: 0, to: calls.count, by: 50) where !effort.isOver {
                pace.wait()
                client += 1
                let batch = calls[start..<min(start + 50, calls.count)]
                let address = LoopbackAddress.stranger(500 + client % 400)
                guard let socket = try? LoopbackSocket(to: node.rpcPort, from: address) else {
                    continue
                }
                _ = try? ask(
                    "[\(batch.joined(separator: ","))]", socket, effort, count: batch.count)
                try? askPaths(socket, texts[client % texts.count], effort)
            }
            effort.count("whole lists")
        }
    }

    /// `form` with `text` in one place after the other, and in all.
    private static func fillings(of form: String, with text: String) -> [String] {
        let parts = form.split(separator: "#", omittingEmptySubsequences: false)
        func filled(_ isChosen: (Int) -> Bool) -> String {
            parts.enumerated().map { index, part in
                index == parts.count - 1
                    ? String(part) : part + (isChosen(index) ? text : "\"0x1\"")
            }.joined()
        }
        return (0..<(parts.count - 1)).map { place in filled { $0 == place } } + [
            filled { _ in true }
        ]
    }

    private static func askPaths(
        _ socket: LoopbackSocket, _ text: String, _ effort: AttackEffort
    ) throws(SocketFailure) {
        let value = text.utf8.map { byte in
            "%" + String(0x100 + Int(byte), radix: 16).dropFirst()
        }.joined()
        for path in paths {
            let answer = try socket.ask("GET", "/api/v1/" + path.replacing("#", with: value))
            note(answer, effort, 1)
        }
    }
}
