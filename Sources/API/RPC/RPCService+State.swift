internal import Ledger
internal import Protocol

extension RPCService {
    /// Answers the methods about accounts, contracts and fees; nil if `method` is none of them.
    func callAboutState(
        _ method: String, _ parameters: RPCParameters, _ caller: Caller
    ) async throws -> JSON? {
        switch method {
        case "eth_getBalance":
            // There is no native coin; the community's token is a contract.
            _ = (try parameters.address(0), try await view(parameters.block(1)))
            return "0x0"
        case "eth_getCode":
            let address = try parameters.address(0)
            _ = try await view(parameters.block(1))
            return ContractABI.at(address) == nil ? "0x" : "0xfe"
        case "eth_getStorageAt":
            _ = (try parameters.address(0), try await view(parameters.block(2)))
            return .hash(.zero)
        case "eth_getTransactionCount": return try await transactionCount(parameters)
        case "eth_call": return .data(try await call(parameters).returned)
        case "eth_estimateGas": return RPCFormat.quantity(try await call(parameters).gas)
        case "eth_feeHistory": return try await feeHistory(parameters, caller)
        default: return nil
        }
    }

    /// The state that `block` names. Only the latest is kept; the first block's is known to be
    /// there as long as it is the latest.
    private func view(_ block: BlockReference) async throws -> NodeSnapshot {
        let head = snapshot
        switch block {
        case .latest: return head
        case .number(head.header.number), .hash(head.hash): return head
        case .number(let number) where number > head.header.number:
            throw RPCError.refused("header not found")
        case .number: break
        case .hash(let hash):
            guard try await store.block(hash: hash) != nil else {
                throw RPCError.refused("header not found")
            }
        }
        throw RPCError.refused("historical state is not available, only that of the latest block")
    }

    private func transactionCount(_ parameters: RPCParameters) async throws -> JSON {
        let address = try parameters.address(0)
        if parameters[1]?.text == "pending" {
            return RPCFormat.quantity(snapshot.nextNonce(of: address))
        }
        let reference = try parameters.block(1)
        if reference == .number(0) { return "0x0" }
        return RPCFormat.quantity(try await view(reference).state.account(address).nonce)
    }

    /// Tries the call that the parameters describe: what it returned and the gas that it takes.
    private func call(_ parameters: RPCParameters) async throws -> (returned: Bytes, gas: UInt64) {
        let request = try CallRequest(parameters.required(0))
        guard let target = request.to else {
            throw RPCError.refused("contract creation is not supported: contracts are native")
        }
        let view = try await view(parameters.block(1))
        let context = BlockContext(
            number: view.header.number + 1, timestamp: max(parts.now(), view.header.timestamp),
            proposer: view.header.proposer)
        let result = view.state.call(
            from: request.from, to: target, data: request.data, context: context)
        switch result {
        case .returned(let bytes):
            return (bytes, LedgerState.gasUsed(to: target, data: request.data))
        case .reverted(let reason, let data): throw RPCError.reverted(reason, data)
        }
    }

    private func feeHistory(
        _ parameters: RPCParameters, _ caller: Caller
    ) async throws -> JSON {
        let asked =
            try parameters[0]?.integer.flatMap(UInt64.init(exactly:)) ?? parameters.quantity(0)
        let head = snapshot.header.number
        let newest: UInt64
        switch try parameters.block(1) {
        case .latest: newest = head
        case .number(let number) where number <= head: newest = number
        default: throw RPCError.refused("request beyond head block")
        }
        let count = min(asked, 1_024, newest + 1)
        try require(count, of: caller)
        let blocks = try await store.blocks(below: newest + 1, limit: Int(count)).reversed()
        let percentiles = parameters[2]?.elements ?? []
        guard percentiles.count <= 100 else {
            throw RPCError.invalidParameters("more than 100 percentiles")
        }
        let rewards = JSON.array(percentiles.map { _ in "0x0" })
        return [
            "oldestBlock": RPCFormat.quantity(blocks.first?.header.number ?? 0),
            "baseFeePerGas": .array(Array(repeating: "0x0", count: blocks.count + 1)),
            "gasUsedRatio": .array(blocks.map { Self.ratio($0.header.gasUsed) }),
            "reward": percentiles.isEmpty ? nil : .array(blocks.map { _ in rewards }),
        ]
    }

    /// The share of a block's gas in ten thousandths, as a decimal fraction.
    private static func ratio(_ gas: UInt64) -> JSON {
        let share = min(10_000, gas * 10_000 / Limits.blockGas)
        let digits = String(10_000 + share % 10_000).dropFirst()
        return .number("\(share / 10_000).\(digits)")
    }
}

/// A call that is only tried.
struct CallRequest {
    let from: Address?
    let to: Address?
    let data: Bytes

    init(_ json: JSON) throws(RPCError) {
        guard case .object = json else { throw .invalidParameters("a call is an object") }
        from = try json["from"].map { value throws(RPCError) in try value.address(as: "from") }
        to = try json["to"].map { value throws(RPCError) in try value.address(as: "to") }
        let input = json["input"] ?? json["data"]
        data = try input.map { value throws(RPCError) in try value.bytes(as: "input") } ?? []
        if let value = try json["value"].map({ value throws(RPCError) in
            try value.wideQuantity(as: "value")
        }), value != .zero {
            throw .refused("insufficient funds for gas * price + value: there is no native coin")
        }
    }
}
