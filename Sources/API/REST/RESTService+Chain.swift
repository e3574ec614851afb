internal import Ledger
internal import Protocol
internal import Storage

extension RESTService {
    /// How the node and its chain stand. When nothing has become final for longer than it should
    /// take, `stalledSince` says since when.
    func status() -> JSON {
        let (node, identity) = (snapshot, parts.identity)
        let (now, last) = (parts.now(), node.header.timestamp)
        let peers = node.peers.map { peer -> JSON in
            [
                "account": .address(peer.account),
                "role": .string(node.state.member(peer.account)?.role.name ?? "unknown"),
                "height": peer.height.map { .number($0) } ?? .null,
            ]
        }
        return [
            "name": .string(identity.name), "role": .string(identity.role),
            "account": .address(identity.account),
            "version": .string(identity.version),
            "chainId": .number(node.state.parameters.chainID),
            "genesisHash": .hash(store.genesisHash),
            "height": .number(node.height), "blockHash": .hash(node.hash),
            "stateRoot": .hash(node.header.stateRoot),
            "lastBlockTime": .time(last),
            "lastBlockAgeSeconds": .number(now.millisecondsSince(last) / 1_000),
            "stalledSince": node.stalledSince(at: now).map(JSON.time) ?? .null,
            "highestBlock": .number(max(node.highestKnownHeight, node.height)),
            "blocksBehind": .number(node.blocksBehind),
            "pendingTransactions": .number(node.pool.count),
            "marketTime": .time(node.marketTime(at: now)), "peers": .array(peers),
        ]
    }

    func genesis() -> JSON {
        let genesis = snapshot.state.parameters
        return [
            "chainId": .number(genesis.chainID), "name": .string(genesis.name),
            "hash": .hash(store.genesisHash),
            "time": .time(genesis.timestamp),
            "tokenName": .string(genesis.tokenName), "tokenSymbol": .string(genesis.tokenSymbol),
            "tokenDecimals": .number(TokenAmount.decimals),
            "marketClockRate": .number(genesis.marketClock.rate),
            "aggregatorFeeMillionths": .number(genesis.aggregatorFee),
            "deliveryWindowSeconds": .number(genesis.deliveryWindow),
            "sellerSharePerMille": .number(genesis.sellerShare),
        ]
    }

    func blocks(_ page: Page) async throws -> JSON {
        let below = page.cursor?.first ?? snapshot.header.number + 1
        let blocks = try await store.blocks(below: below, limit: page.limit)
        return page.answer(blocks, cursor: { String($0.header.number) }, RESTFormat.block)
    }

    /// The block that `name` is: `latest`, a height or a hash.
    func block(_ name: UntrustedText) async throws -> StoredBlock {
        let found: StoredBlock?
        if name == "latest" {
            found = try await store.block(hash: snapshot.hash)
        } else if let number = UInt64(name.verbatim) {
            found = try await store.block(number: number)
        } else if let hash = Hash32(hexadecimal: name.verbatim) {
            found = try await store.block(hash: hash)
        } else {
            throw Problem.badRequest("\(name) is neither a height nor a hash nor latest")
        }
        guard let found else { throw Problem.notFound("there is no block \(name)") }
        return found
    }

    func blockTransactions(_ name: UntrustedText, _ caller: Caller) async throws -> JSON {
        let block = try await block(name)
        guard caller.mayRead(UInt64(block.transactionHashes.count)) else {
            throw Problem.tooManyRequests
        }
        let transactions = try await store.transactions(inBlock: block.header.number)
        return ["items": .array(transactions.map(RESTFormat.transaction)), "next": nil]
    }

    func account(_ address: Address) -> JSON {
        let state = snapshot.state
        let account = state.account(address)
        let member = state.member(address)
        return [
            "address": .address(address), "nonce": .number(account.nonce),
            "balance": .amount(account.balance),
            "trades": .number(account.tradeCount),
            "forgottenTrades": .number(account.forgottenTradeCount),
            "role": .string(member?.role.name),
            "suspended": member.map { .bool($0.isSuspended) } ?? .null,
        ]
    }

    func history(_ address: Address, _ what: UntrustedText, _ page: Page) async throws -> JSON {
        let position = try page.position()
        switch what {
        case "transactions":
            let found = try await store.transactions(
                from: address, before: position, limit: page.limit)
            return page.answer(
                found, cursor: { "\($0.blockNumber)-\($0.index)" }, RESTFormat.transaction)
        case "transfers":
            let found = try await store.transfers(of: address, before: position, limit: page.limit)
            return page.answer(
                found, cursor: { "\($0.blockNumber)-\($0.logIndex)" }, RESTFormat.transfer)
        default: throw Problem.notFound("an account has transactions and transfers")
        }
    }

    func members(_ target: RequestTarget, _ page: Page) throws -> JSON {
        let state = snapshot.state
        var role: MemberRole?
        if let name = target["role"] {
            role = MemberRole(name: name.verbatim)
            if role == nil { throw Problem.badRequest("\(name) is no role") }
        }
        var next = UInt32(clamping: page.cursor?.first ?? 0)
        var items: [Member] = []
        // Of another role there may be many: no request looks at all of them.
        let end = next.addingSaturating(Self.mostMembersLookedAt)
        while items.count < page.limit, next < min(end, state.memberCount) {
            items += state.members(from: next, count: 1).filter { role ?? $0.role == $0.role }
            next += 1
        }
        return [
            "items": .array(items.map { RESTFormat.member($0, state) }),
            "next": .string(next < state.memberCount ? String(next) : nil),
        ]
    }

    static let mostMembersLookedAt: UInt32 = 1_000

    func member(_ address: Address) throws -> JSON {
        let state = snapshot.state
        guard let member = state.member(address) else {
            throw Problem.notFound("\(address) is no member")
        }
        return RESTFormat.member(member, state)
    }

    func contracts() -> JSON {
        let items = ContractABI.all.map { contract -> JSON in
            ["name": .string(contract.name), "address": .address(contract.address)]
        }
        return ["items": .array(items), "next": nil]
    }

    func abi(_ name: UntrustedText) throws -> Reply {
        guard let contract = ContractABI.all.first(where: { $0.name == name.verbatim }) else {
            throw Problem.notFound("there is no contract \(name)")
        }
        return .text(contract.json, type: "application/json")
    }
}
