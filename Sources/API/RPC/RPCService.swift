internal import CoreMetrics
internal import Protocol
internal import Storage
internal import Transport

/// Answers JSON-RPC 2.0, as any Ethereum client speaks it.
struct RPCService: Sendable {
    /// How many calls one batch may have.
    static let batch = 100
    /// How many bytes the answers of one batch may have together.
    static let answerBytes = 16 * 1024 * 1024

    let parts: APIParts
    let filters = FilterTable()
    let log: LimitedLog

    var store: ChainStore { parts.store }

    var snapshot: NodeSnapshot { parts.latest.current }

    /// The reply to the bytes of a request; empty if it asks for none (notifications). It says when
    /// to come again if a transaction in it was refused under pressure.
    func reply(to request: [UInt8], from caller: Caller) async throws(Problem) -> Reply {
        let value: JSON
        do throws(MalformedJSON) {
            value = try JSON(decoding: request)
        } catch {
            return reply(failure(RPCError(code: -32_700, message: "parse error: \(error)")))
        }
        guard let calls = value.elements else {
            return reply(await answer(to: value, from: caller))
        }
        guard !calls.isEmpty else { return reply(failure(.invalidRequest("empty batch"))) }
        guard calls.count <= Self.batch else {
            return reply(failure(.invalidRequest("batch too large")))
        }
        guard caller.mayAsk(calls.count - 1) else { throw .tooManyRequests }
        return await reply(toBatch: calls, from: caller)
    }

    private func reply(_ answer: JSON?) -> Reply {
        guard let answer else { return Reply() }
        let reply = Reply(body: answer.encoded)
        return answer.tellsToRetry ? reply.retrying(after: RPCError.retryAfter) : reply
    }

    private func reply(toBatch calls: [JSON], from caller: Caller) async -> Reply {
        var answers: [[UInt8]] = []
        var size = 0
        var tellsToRetry = false
        for call in calls {
            guard let json = await answer(to: call, from: caller) else { continue }
            tellsToRetry = tellsToRetry || json.tellsToRetry
            let answer = json.encoded
            size += answer.count
            guard size <= Self.answerBytes else {
                let error = RPCError(code: -32_003, message: "response too large")
                answers.append(failure(error, call["id"]).encoded)
                continue
            }
            answers.append(answer)
        }
        guard !answers.isEmpty else { return Reply() }
        let comma = [UInt8(ascii: ",")]
        let reply = Reply(
            body: [UInt8(ascii: "[")] + answers.joined(separator: comma) + [UInt8(ascii: "]")])
        return tellsToRetry ? reply.retrying(after: RPCError.retryAfter) : reply
    }

    private func answer(to request: JSON, from caller: Caller) async -> JSON? {
        guard case .object(let members) = request, let method = request["method"]?.text,
            request["jsonrpc"]?.text == "2.0"
        else { return failure(.invalidRequest("invalid request"), request["id"]) }
        guard let id = members.first(where: { $0.name == "id" })?.value else { return nil }
        switch id {
        case .string, .number, .null: break
        default: return failure(.invalidRequest("invalid request: the id"))
        }
        do {
            let parameters = try RPCParameters(request["params"])
            let result = try await call(method, parameters, caller)
            return ["jsonrpc": "2.0", "id": id, "result": result]
        } catch let error as RPCError {
            return failure(error, id)
        } catch {
            log.write(
                .error, "call failed", by: caller.name, "RPC \(method) failed",
                metadata: ["error": "\(error)"])
            return failure(.internal, id)
        }
    }

    private func failure(_ error: RPCError, _ id: JSON? = nil) -> JSON {
        let codes = [("code", String(error.code))]
        Counter(
            label: Metric.callErrors.rawValue, dimensions: codes, factory: parts.metrics
        ).increment()
        return ["jsonrpc": "2.0", "id": id ?? .null, "error": error.json]
    }

    private func call(
        _ name: UntrustedText, _ parameters: RPCParameters, _ caller: Caller
    ) async throws -> JSON {
        let method = name.verbatim
        switch method {
        case "web3_clientVersion": return .string("Busbar/" + parts.identity.version)
        case "web3_sha3": return .hash(Keccak256.hash(try parameters.bytes(0)))
        case "net_version": return .string(String(snapshot.state.parameters.chainID))
        case "net_listening": return true
        case "net_peerCount": return RPCFormat.quantity(snapshot.peers.count)
        case "eth_chainId": return RPCFormat.quantity(snapshot.state.parameters.chainID)
        case "eth_syncing": return syncing()
        case "eth_accounts": return []
        case "eth_mining": return false
        case "eth_blockNumber": return RPCFormat.quantity(snapshot.header.number)
        case "eth_gasPrice", "eth_maxPriorityFeePerGas", "eth_blobBaseFee": return "0x0"
        case "eth_sendRawTransaction": return try await send(parameters.bytes(0))
        default: break
        }
        if let answer = try await callAboutState(method, parameters, caller) { return answer }
        if let answer = try await callAboutBlocks(method, parameters, caller) { return answer }
        if let answer = try await callAboutLogs(method, parameters, caller) { return answer }
        throw RPCError.unknownMethod(name)
    }

    private func syncing() -> JSON {
        let node = snapshot
        guard node.blocksBehind > 1 else { return false }
        return [
            "startingBlock": "0x0", "currentBlock": RPCFormat.quantity(node.height),
            "highestBlock": RPCFormat.quantity(node.highestKnownHeight),
        ]
    }

    private func send(_ bytes: Bytes) async throws(RPCError) -> JSON {
        do throws(SubmissionRefusal) {
            return .hash(try await parts.submit(bytes))
        } catch {
            throw .refused(error)
        }
    }
}

extension JSON {
    /// Whether an answer refuses what may be taken a little later.
    fileprivate var tellsToRetry: Bool { self["error"]?["data"]?["retryAfterSeconds"] != nil }
}
