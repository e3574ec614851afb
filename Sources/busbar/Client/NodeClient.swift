import API
import Ledger
import Protocol

/// Asks a node by JSON-RPC, as any Ethereum client does.
struct NodeClient {
    private let http: LoopbackHTTP
    private let name: String

    /// A client of the node called `name` at `url`, which is plain http on this machine.
    init(url: String, name: String = "the node", timeoutSeconds: Int = 10) throws {
        guard var http = LoopbackHTTP(url: url) else {
            throw CommandFailure(
                .failed,
                "\(url) is not http://127.0.0.1:PORT: JSON-RPC is asked on the machine itself")
        }
        http.timeoutSeconds = timeoutSeconds
        self.http = http
        self.name = name
    }

    /// The result of `method`.
    func call(_ method: String, _ parameters: [JSONValue] = []) throws -> JSONValue {
        let answer = try exchange(Self.request(method, parameters, id: 1))
        return try result(answer)
    }

    /// The results of several calls, in their order, in one request.
    func batch(_ calls: [(method: String, parameters: [JSONValue])]) throws -> [JSONValue] {
        var results: [JSONValue] = []
        for start in stride(from: 0, to: calls.count, by: 100) {
            let page = calls[start..<min(start + 100, calls.count)]
            let requests = page.enumerated().map {
                Self.request($1.method, $1.parameters, id: Int64($0))
            }
            guard let answers = try exchange(.list(requests)).list, answers.count == page.count
            else { throw CommandFailure(.failed, "\(name) did not answer every call of a batch") }
            let byID = Dictionary(answers.map { ($0["id"], $0) }) { first, _ in first }
            for id in page.indices {
                guard let answer = byID[.integer(Int64(id - start))] else {
                    throw CommandFailure(.failed, "\(name) did not answer a call of a batch")
                }
                results.append(try result(answer))
            }
        }
        return results
    }

    private static func request(
        _ method: String, _ parameters: [JSONValue], id: Int64
    ) -> JSONValue {
        [
            "jsonrpc": "2.0", "id": .integer(id), "method": .text(method),
            "params": .list(parameters),
        ]
    }

    private func exchange(_ request: JSONValue) throws -> JSONValue {
        do {
            let answer = try http.post("/", json: request.compact)
            guard answer.status == 200 else {
                throw CommandFailure(
                    .failed, "\(name) answered HTTP \(answer.status): \(answer.text)")
            }
            return try JSONValue(parsing: answer.body)
        } catch let failure as CommandFailure {
            throw CommandFailure(failure.status, "\(name): \(failure.description)")
        } catch {
            throw CommandFailure(.failed, "\(name)'s answer is not JSON")
        }
    }

    private func result(_ answer: JSONValue) throws -> JSONValue {
        guard let error = answer["error"], error != .null else { return answer["result"] ?? .null }
        let message = error["message"]?.text ?? "the call was refused"
        let reason = error["data"]?["reason"]?.text
        throw CommandFailure(
            .refused, "\(name): \(message)",
            reason: reason.flatMap(SubmissionRefusal.Reason.init(rawValue:)))
    }
}

extension LoopbackHTTP.Answer {
    /// The beginning of the body, as text on one line.
    var text: String {
        String(decoding: body.prefix(300), as: UTF8.self).split(whereSeparator: \.isNewline)
            .joined(separator: " ")
    }
}

extension NodeClient {
    /// The number of the last final block.
    func height() throws -> UInt64 { try quantity("eth_blockNumber") }

    /// The chain's id.
    func chainID() throws -> UInt64 { try quantity("eth_chainId") }

    /// The market's time now, as the node's own clock has it.
    func marketTime() throws -> MarketTime {
        let answer = try http.get("/api/v1/status")
        guard answer.status == 200,
            let time = try? JSONValue(parsing: answer.body)["marketTime"]?.text,
            let seconds = RFC3339.time(time)
        else { throw CommandFailure(.failed, "\(name) does not tell the market's time") }
        return seconds
    }

    /// How many nodes it is linked with.
    func peerCount() throws -> UInt64 { try quantity("net_peerCount") }

    /// The block of `number`, or the last one; nil if there is none.
    func block(_ number: UInt64? = nil, withTransactions: Bool = false) throws -> JSONValue? {
        let tag = number.map { JSONValue.text("0x" + String($0, radix: 16)) } ?? "latest"
        let block = try call("eth_getBlockByNumber", [tag, .flag(withTransactions)])
        return block == .null ? nil : block
    }

    /// What `data` to `contract` returns, asked by `sender`.
    func read(
        _ contract: Address, _ data: Bytes, from sender: Address? = nil
    ) throws -> Bytes {
        let result = try call("eth_call", [Self.callObject(contract, data, sender), "latest"])
        guard let bytes = result.text.flatMap({ Hexadecimal.decode($0) }) else {
            throw CommandFailure(.failed, "\(name)'s answer to eth_call is not data")
        }
        return bytes
    }

    /// The object that `eth_call` takes.
    static func callObject(
        _ contract: Address, _ data: Bytes, _ sender: Address? = nil
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "to": .text(contract.description), "data": .text("0x" + Hexadecimal.encode(data)),
        ]
        if let sender { members["from"] = .text(sender.description) }
        return .object(members)
    }

    private func quantity(_ method: String) throws -> UInt64 {
        guard let number = try call(method).quantity else {
            throw CommandFailure(.failed, "\(name)'s answer to \(method) is no quantity")
        }
        return number
    }
}

extension LoopbackHTTP.Answer {
    /// Why the node refused a transaction, if it says so.
    var reason: SubmissionRefusal.Reason? {
        let json = try? JSONValue(parsing: body)
        return (json?["reason"]?.text).flatMap(SubmissionRefusal.Reason.init(rawValue:))
    }
}
