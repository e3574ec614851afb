import HTTPTypes
import Ledger
import Protocol
import TestKit

@testable import API

// The calls.

extension APIScript {
    /// A method with parameters like the usual ones, up to three values of them another.
    private mutating func drawCall() -> JSON {
        guard let (method, usual) = draw.pick(served.examples) else { return .null }
        var parameters = usual
        for _ in 0..<draw.below(4) {
            parameters = draw.pick(parameters.replacements(by: value())) ?? parameters
        }
        var call: JSON = ["jsonrpc": "2.0", "method": .string(method), "params": parameters]
        if !draw.oneIn(32) { call = call.adding(["id": .number(draw.byte())]) }
        return call
    }

    mutating func callMethod() async throws { _ = try await call(drawCall()) }

    /// Makes `request`: its result; nil if it was refused, or asked for no answer.
    private mutating func call(_ request: JSON) async throws -> JSON? {
        guard
            let (_, body) = try await send(
                PlainRequest(method: "POST", path: "/", body: request.encoded)), !body.isEmpty
        else { return nil }
        let answer = try JSON(decoding: body)
        guard Self.isReadable(request) else { return try Self.checkParseError(answer) }
        try Self.check(answer, to: request)
        guard answer["error"] == nil else { return nil }
        let result = answer["result"]
        note(result, of: request["method"]?.text?.verbatim ?? "")
        return result
    }

    mutating func callBatch() async throws {
        var calls: [JSON] = []
        for _ in 0..<draw.below(8) { calls.append(drawCall()) }
        let request = PlainRequest(method: "POST", path: "/rpc", body: JSON.array(calls).encoded)
        guard let (_, body) = try await send(request), !body.isEmpty else { return }
        let answered = calls.filter { $0["id"] != nil }
        let whole = try JSON(decoding: body)
        guard Self.isReadable(.array(calls)) else { return _ = try Self.checkParseError(whole) }
        guard let answers = whole.elements else {
            guard calls.isEmpty else { throw BrokenPromise("a batch without a batch's answer") }
            return
        }
        guard answers.count == answered.count else {
            throw BrokenPromise("\(answers.count) answers to \(answered.count) calls")
        }
        for (answer, call) in zip(answers, answered) {
            try Self.check(answer, to: call)
            guard answer["error"] == nil else { continue }
            note(answer["result"], of: call["method"]?.text?.verbatim ?? "")
        }
    }

    /// Whether the API's parser takes it: no object has a name twice.
    private static func isReadable(_ request: JSON) -> Bool {
        (try? JSON(decoding: request.encoded)) != nil
    }

    private static func checkParseError(_ answer: JSON) throws -> JSON? {
        guard answer["error"]?["code"]?.integer == -32_700 else {
            throw BrokenPromise("what cannot be read is answered: \(answer)")
        }
        return nil
    }

    /// Every answer has its call's id, and what is refused says why and is not the node's fault.
    private static func check(_ answer: JSON, to call: JSON) throws {
        let text = String(decoding: call.encoded, as: UTF8.self)
        guard answer["jsonrpc"]?.text == "2.0", answer["id"] == call["id"] else {
            throw BrokenPromise("\(text): not an answer to this: \(answer)")
        }
        guard let error = answer["error"] else { return }
        guard error["code"]?.integer ?? -32_603 != -32_603,
            error["message"]?.text?.verbatim.isEmpty == false
        else { throw BrokenPromise("\(text): \(error)") }
    }

    private mutating func note(_ result: JSON?, of method: String) {
        guard method.hasPrefix("eth_new"), let name = result?.text?.verbatim, filters.count < 64
        else {
            return
        }
        filters.append(name)
    }

    /// Asks a filter for what is new or for all, or uninstalls it; one that is uninstalled is gone.
    mutating func pollFilter() async throws {
        guard let name = draw.pick(filters) else { return try await callMethod() }
        let method =
            draw.pick(["eth_getFilterChanges", "eth_getFilterLogs", "eth_uninstallFilter"]) ?? ""
        let result = try await call([
            "jsonrpc": "2.0", "id": 1, "method": .string(method), "params": [.string(name)],
        ])
        let isGone = uninstalled.contains(name)
        if method == "eth_uninstallFilter" {
            guard result == .bool(!isGone) else {
                throw BrokenPromise("uninstalled \(isGone): \(String(describing: result))")
            }
            uninstalled.insert(name)
        } else if isGone, result != nil {
            throw BrokenPromise("\(method) of a filter that is uninstalled: \(result ?? .null)")
        }
    }

    /// A path of the documented ones, with values of any kind in its place.
    mutating func readPath() async throws {
        guard let (path, parameters) = draw.pick(Self.paths) else { return }
        var concrete = path
        var query: [String] = []
        for name in parameters {
            let text = Self.encoded(value().text?.verbatim ?? String(draw.number()))
            if concrete.contains("{\(name)}") {
                concrete = concrete.replacing("{\(name)}", with: text)
            } else if draw.oneIn(2) {
                query.append("\(name)=\(text)")
            }
        }
        let suffix = query.isEmpty ? "" : "?" + query.joined(separator: "&")
        _ = try await send(
            PlainRequest(method: draw.oneIn(16) ? "HEAD" : "GET", path: concrete + suffix))
    }

    /// The documented paths and the names of their parameters.
    private static let paths: [(path: String, parameters: [String])] = {
        guard let document = try? JSON(decoding: Array(OpenAPI.document.utf8)),
            case .object(let paths)? = document["paths"]
        else { return [] }
        return paths.map { path in
            let named = path.value["get"]?["parameters"]?.elements ?? []
            return ("/api/v1" + path.name, named.compactMap { $0["name"]?.text?.verbatim })
        } + ["/metrics", "/livez", "/readyz", "/api/v1/openapi.json"].map { ($0, []) }
    }()

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            byte < 0x7f && byte > 0x2f
                ? String(UnicodeScalar(byte))
                : "%" + String(0x100 + Int(byte), radix: 16).dropFirst()
        }.joined()
    }

    /// Hands a transaction in; the pool knows it from then on.
    mutating func submit(byRPC: Bool) async throws {
        let bytes = drawTransaction()
        let raw = JSON.string("0x" + Hexadecimal.encode(bytes))
        let wait = draw.pick(["", "", "?wait=final", "?wait=final&timeout=60", "?wait=x"]) ?? ""
        if byRPC {
            let result = try await call([
                "jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [raw],
            ])
            guard let hash = result?.hash else { return }
            try await check(submitted: hash, bytes)
        } else {
            let request = PlainRequest(
                method: "POST", path: "/api/v1/transactions" + wait,
                body: (["raw": raw] as JSON).encoded)
            guard let (status, body) = try await send(request), status < 300,
                let hash = try JSON(decoding: body)["hash"]?.hash
            else { return }
            try await check(submitted: hash, bytes)
        }
    }

    private mutating func check(submitted hash: Hash32, _ bytes: Bytes) async throws {
        guard hash == Keccak256.hash(bytes) else { throw BrokenPromise("another hash: \(hash)") }
        submitted.append(hash)
        let known = try await call([
            "jsonrpc": "2.0", "id": 2, "method": "eth_getTransactionByHash",
            "params": [.string(hash.description)],
        ])
        guard known?["hash"]?.hash == hash else {
            throw BrokenPromise("the node has taken \(hash) and does not know it")
        }
    }

    private mutating func drawTransaction() -> Bytes {
        let node = served.node
        let senders = [node.seller, node.buyer, node.aggregator, node.exchange, node.stranger]
        guard let sender = draw.pick(senders) else { return [] }
        let call = draw.call(addresses: senders.map(\.address), receipts: [])
        let next = node.latest.current.nextNonce(of: sender.address)
        let isUsual = !draw.oneIn(6)
        let signed = node.call(
            sender, call.target, call.data, nonce: isUsual ? next : draw.number(),
            kind: draw.pick([.dynamicFee, .legacy, .accessList]) ?? .legacy,
            chainID: draw.oneIn(24) ? draw.number() : 4_711)
        var bytes = signed.encoded
        if draw.oneIn(16), !bytes.isEmpty { bytes[draw.below(bytes.count)] = draw.byte() }
        return bytes
    }

    mutating func setMeter() async throws {
        var body: JSON = ["powerWatts": .number(draw.number(of: Int32.self))]
        if draw.oneIn(4) { body = draw.pick(body.replacements(by: value())) ?? body }
        _ = try await send(
            PlainRequest(method: "POST", path: "/api/v1/meter", body: body.encoded))
        _ = try await send(PlainRequest(method: "GET", path: "/api/v1/meter"))
    }

    mutating func listen() async throws {
        var request = PlainRequest(method: "GET", path: "/api/v1/events")
        if let name = HTTPField.Name("last-event-id"), draw.oneIn(2) {
            request.headers[name] = "\(draw.number())-\(draw.number())"
        }
        _ = try await send(request)
    }

    /// What nobody who has read anything would send.
    mutating func callAnything() async throws {
        var request = PlainRequest(
            method: draw.pick(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", ""]) ?? "GET",
            path: draw.pick(["/", "/rpc", "/api/v1", "/api/v1/transactions", "*", "/metrics"])
                ?? "/")
        if draw.oneIn(2) { request.path += draw.text() }
        if draw.oneIn(8) { request.headers = [:] }
        if draw.oneIn(8) { request.authority = draw.text() }
        request.body = draw.bytes(atMost: 255)
        _ = try await send(request)
    }
}

// The values.

extension APIScript {
    /// Something that may stand for a parameter.
    private mutating func value(depth: Int = 0) -> JSON {
        let head = served.node.latest.current
        switch draw.below(depth < 2 ? 16 : 13) {
        case 0...2: return .string("0x" + String(draw.number(), radix: 16))
        case 3: return .number(draw.number())
        case 4:
            return .string(draw.pick([head.hash, head.header.parentHash] + submitted)?.description)
        case 5: return .string(draw.hash().description)
        case 6:
            let node = served.node
            let known = [
                node.seller.address, node.aggregator.address, NativeContract.market,
                NativeContract.token, .zero,
            ]
            return .string(draw.pick(known)?.description)
        case 7: return .string(draw.pick(filters) ?? "0x1")
        case 8: return .string(draw.pick(["latest", "earliest", "pending", "safe", "final"]))
        case 9: return .string(draw.text())
        case 10: return draw.pick([.null, true, false]) ?? .null
        case 11: return .number(draw.pick(["-1", "0.5", "1e400", "-9223372036854775809"]) ?? "0")
        case 12: return .string("0x" + Hexadecimal.encode(draw.bytes(atMost: 100)))
        case 13: return .array(Array(repeating: value(depth: depth + 1), count: draw.below(40)))
        default:
            let names = [
                "fromBlock", "toBlock", "address", "topics", "blockHash", "blockNumber", "from",
                "to", "input", "value",
            ]
            var members: [JSON.Member] = []
            for _ in 0..<draw.below(4) {
                members.append(JSON.Member(draw.pick(names) ?? "", value(depth: depth + 1)))
            }
            return .object(members)
        }
    }
}
