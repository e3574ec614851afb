package import API
import Console
package import Protocol

/// Asks a node, by JSON-RPC as any Ethereum client does, or by its REST API.
package struct NodeClient: Sendable {
    private let http: any HTTPClient
    /// What the node is called in messages.
    package let name: String

    /// A client of the node called `name` that asks by way of `http`.
    package init(_ http: any HTTPClient, name: String = "the node") {
        self.http = http
        self.name = name
    }

    /// A client of the node called `name` at `url`, which is plain http on this machine: whoever
    /// holds that port is believed.
    package init(url: String, name: String = "the node", timeoutSeconds: Int = 10) throws {
        guard let http = LoopbackHTTP(url: url, timeoutSeconds: timeoutSeconds) else {
            throw CommandFailure(
                .failed,
                "\(url) is not http://127.0.0.1:PORT: plain http stays on the machine itself; "
                    + "a node's API is asked with --api https://HOST:PORT")
        }
        self.init(http, name: name)
    }

    /// Whether what answers has proved to be the node that was meant.
    var isProven: Bool { http.provesNode }

    /// The result of `method`.
    package func call(_ method: String, _ parameters: [JSON] = []) throws -> JSON {
        try result(exchange(Self.request(method, parameters, id: 1)))
    }

    /// The results of several calls, in their order, in one request.
    package func batch(_ calls: [(method: String, parameters: [JSON])]) throws -> [JSON] {
        var results: [JSON] = []
        for start in stride(from: 0, to: calls.count, by: 100) {
            let page = calls[start..<min(start + 100, calls.count)]
            let requests = page.enumerated().map {
                Self.request($1.method, $1.parameters, id: $0)
            }
            guard let answers = try exchange(.array(requests)).elements,
                answers.count == page.count
            else { throw CommandFailure(.failed, "\(name) did not answer every call of a batch") }
            let byID = Dictionary(answers.map { ($0["id"], $0) }) { first, _ in first }
            for id in page.indices {
                guard let answer = byID[.number(id - start)] else {
                    throw CommandFailure(.failed, "\(name) did not answer a call of a batch")
                }
                results.append(try result(answer))
            }
        }
        return results
    }

    private static func request(_ method: String, _ parameters: [JSON], id: Int) -> JSON {
        [
            "jsonrpc": "2.0", "id": .number(id), "method": .string(method),
            "params": .array(parameters),
        ]
    }

    private func exchange(_ request: JSON) throws -> JSON {
        try content { try http.post("/", json: request.encoded) }
    }

    /// What the node answers to `ask`, which must be 200.
    private func content(_ ask: () throws -> HTTPAnswer) throws -> JSON {
        try named {
            let answer = try ask()
            guard answer.status == 200 else {
                throw CommandFailure(.failed, "answered HTTP \(answer.status): \(answer.text)")
            }
            return try answer.json
        }
    }

    private func result(_ answer: JSON) throws -> JSON {
        guard let error = answer["error"] else { return answer["result"] ?? .null }
        let message = error["message"]?.text ?? "the call was refused"
        throw CommandFailure(
            .refused, "\(name): \(message)", reason: error["data"]?["reason"]?.text?.verbatim)
    }

    /// What `body` gives; a failure begins with the node's name.
    private func named<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as CommandFailure {
            throw CommandFailure(
                failure.status, "\(name): \(failure.description)", reason: failure.reason)
        }
    }
}

// The REST API.
extension NodeClient {
    /// What lies at `path` of its API.
    package func get(_ path: String) throws -> JSON {
        try content { try http.get(path) }
    }

    /// The same, where an answer with one of the statuses `refusals` says why there is nothing.
    func get(_ path: String, refusedBy refusals: [Int]) throws -> JSON {
        try content {
            let answer = try http.get(path)
            guard refusals.contains(answer.status) else { return answer }
            throw Self.refusal(answer)
        }
    }

    private static func refusal(_ answer: HTTPAnswer) -> CommandFailure {
        let problem = try? answer.json
        return CommandFailure(
            .refused, "\(problem?["detail"]?.text ?? answer.text)",
            reason: problem?["reason"]?.text?.verbatim)
    }

    /// Hands `transaction` in and waits up to `seconds` until a block has it; nil where that takes
    /// longer. One request, which the node answers at that moment.
    package func submit(
        _ transaction: SignedTransaction, waitingFor seconds: Int
    ) throws -> TransactionOutcome? {
        let body: JSON = ["raw": .string("0x" + Hexadecimal.encode(transaction.encoded))]
        return try final(waitingFor: seconds) { http, query in
            try http.post("/api/v1/transactions?\(query)", json: body.encoded)
        }
    }

    /// The transaction called `hash`, once a block has it, up to `seconds` from now; nil where that
    /// takes longer. Refused where the node does not know it.
    package func transaction(
        _ hash: Hash32, waitingFor seconds: Int
    ) throws -> TransactionOutcome? {
        try final(waitingFor: seconds) { http, query in
            try http.get("/api/v1/transactions/\(hash)?\(query)")
        }
    }

    private func final(
        waitingFor seconds: Int,
        _ ask: (any HTTPClient, _ query: String) throws -> HTTPAnswer
    ) throws -> TransactionOutcome? {
        try named {
            var http = http
            http.timeoutSeconds = seconds + 2
            let answer = try ask(http, "wait=final&timeout=\(seconds)")
            switch answer.status {
            case 200, 202:
                let json = try answer.json
                if json["status"] == "dropped" {
                    let detail = json["detail"]?.text ?? UntrustedText("the node does not say why")
                    throw CommandFailure(.refused, "it left the pool: \(detail)")
                }
                return json["status"] == "pending" ? nil : try TransactionOutcome(json)
            case 400, 404, 409, 422: throw Self.refusal(answer)
            default:
                throw CommandFailure(.failed, "answered HTTP \(answer.status): \(answer.text)")
            }
        }
    }
}

extension NodeClient {
    /// The number of the last final block.
    package func height() throws -> UInt64 { try quantity("eth_blockNumber") }

    /// The chain's id.
    package func chainID() throws -> UInt64 { try quantity("eth_chainId") }

    /// How many nodes it is linked with.
    package func peerCount() throws -> UInt64 { try quantity("net_peerCount") }

    /// The nonce of `account`'s next transaction: after those that wait, or after the final ones.
    package func nonce(of account: Address, isPending: Bool = true) throws -> UInt64 {
        try quantity(
            "eth_getTransactionCount",
            [.string(account.description), isPending ? "pending" : "latest"])
    }

    /// The market's time now, as the node's own clock has it.
    package func marketTime() throws -> MarketTime {
        guard let time = try get("/api/v1/status")["marketTime"]?.text,
            let seconds = RFC3339.time(time.verbatim)
        else { throw CommandFailure(.failed, "\(name) does not tell the market's time") }
        return seconds
    }

    /// The block of `number`, or the last one; nil if there is none.
    package func block(_ number: UInt64? = nil, withTransactions: Bool = false) throws -> JSON? {
        let tag = number.map { JSON.quantity($0) } ?? "latest"
        let block = try call("eth_getBlockByNumber", [tag, .bool(withTransactions)])
        return block == .null ? nil : block
    }

    /// The ledger's time of each block.
    package func blockTimes(_ numbers: [UInt64]) throws -> [UInt64: Timestamp] {
        let distinct = Set(numbers).sorted()
        guard !distinct.isEmpty else { return [:] }
        let blocks = try batch(
            distinct.map { ("eth_getBlockByNumber", [.quantity($0), false]) })
        let pairs = zip(distinct, blocks).compactMap { number, block in
            block.blockTime.map { (number, $0) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// What `data` to `contract` returns, asked by `sender`.
    package func read(
        _ contract: Address, _ data: Bytes, from sender: Address? = nil
    ) throws -> Bytes {
        let result = try call("eth_call", [Self.callObject(contract, data, sender), "latest"])
        guard let bytes = result.data else {
            throw CommandFailure(.failed, "\(name)'s answer to eth_call is not data")
        }
        return bytes
    }

    /// The object that `eth_call` takes.
    static func callObject(
        _ contract: Address, _ data: Bytes, _ sender: Address? = nil
    ) -> JSON {
        let call: JSON = [
            "to": .string(contract.description), "data": .string("0x" + Hexadecimal.encode(data)),
        ]
        return sender.map { call.adding(["from": .string($0.description)]) } ?? call
    }

    private func quantity(_ method: String, _ parameters: [JSON] = []) throws -> UInt64 {
        guard let number = try call(method, parameters).quantity else {
            throw CommandFailure(.failed, "\(name)'s answer to \(method) is no quantity")
        }
        return number
    }
}

extension JSON {
    /// A block's time: the milliseconds that `mixHash` ends in, if they lie in the second that
    /// `timestamp` names; else that second.
    package var blockTime: Timestamp? {
        guard let second = self["timestamp"]?.quantity else { return nil }
        if let word = self["mixHash"]?.hash,
            let milliseconds = UInt64(exactly: UInt256(word: word)), milliseconds / 1_000 == second
        {
            return Timestamp(milliseconds: milliseconds)
        }
        return Timestamp(milliseconds: second.multipliedSaturating(by: 1_000))
    }
}
