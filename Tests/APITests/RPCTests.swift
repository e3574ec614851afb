import Ledger
import Protocol
import TestKit
import Testing

@testable import API

struct RPCTests {
    /// A block with a mint and a failing pick.
    private func sealTwo(_ server: APIServer) async throws -> Block {
        let node = server.node
        let mint = TokenCall.mint(
            to: node.aggregator.address, amount: TokenAmount(5), reference: "a")
        return try await node.seal(
            node.call(node.exchange, NativeContract.token, mint, kind: .legacy),
            node.call(node.seller, NativeContract.market, MarketCall.pickOffer(OfferID(1))))
    }

    @Test func `a client learns the chain and its fees`() async throws {
        try await APIServer.run { server async throws in
            #expect(try await server.rpc("eth_chainId") == "0x1267")
            #expect(try await server.rpc("net_version") == "4711")
            #expect(try await server.rpc("web3_clientVersion") == "Busbar/0.1.0")
            #expect(try await server.rpc("eth_maxPriorityFeePerGas") == "0x0")
            #expect(try await server.rpc("eth_gasPrice") == "0x0")
            #expect(try await server.rpc("eth_accounts") == [])
            #expect(try await server.rpc("eth_syncing") == false)
            #expect(try await server.rpc("net_listening") == true)
            #expect(try await server.rpc("net_peerCount") == "0x1")
            #expect(try await server.rpc("eth_blockNumber") == "0x0")
            server.node.latest.update { $0.highestKnownHeight = 9 }
            #expect(try await server.rpc("eth_syncing")["highestBlock"] == "0x9")
            let history = try await server.rpc("eth_feeHistory", "0x5", "latest", [25, 50])
            #expect(history["baseFeePerGas"] == ["0x0", "0x0"])
            #expect(history["gasUsedRatio"] == [.number("0.0000")])
            #expect(history["reward"] == [["0x0", "0x0"]])
        }
    }

    @Test func `a block has every field that clients insist on`() async throws {
        try await APIServer.run { server async throws in
            let sealed = try await sealTwo(server)
            let block = try await server.rpc("eth_getBlockByNumber", "latest", false)
            let lengths = [
                "hash": 66, "parentHash": 66, "nonce": 18, "mixHash": 66, "sha3Uncles": 66,
                "logsBloom": 514, "transactionsRoot": 66, "stateRoot": 66, "receiptsRoot": 66,
                "miner": 42, "extraData": 66,
            ]
            for (name, length) in lengths {
                #expect(block[name]?.verbatim?.utf8.count == length, "\(name)")
            }
            #expect(block["baseFeePerGas"] == "0x0")
            #expect(block["gasLimit"] == "0x7641700")
            #expect(block["number"] == "0x1")
            #expect(block["timestamp"] == .string("0x" + String(1_780_000_001, radix: 16)))
            #expect(block["transactions"]?.elements?.count == 2)
            #expect(block["uncles"] == [])
            #expect(block["hash"] == .string(sealed.hash.description))
            for tag in ["safe", "finalized", "pending", "0x1"] {
                let same = try await server.rpc("eth_getBlockByNumber", .string(tag), false)
                #expect(same == block)
            }
            let byHash = try await server.rpc("eth_getBlockByHash", block["hash"] ?? .null, false)
            #expect(byHash == block)
            let first = try await server.rpc("eth_getBlockByNumber", "earliest", true)
            #expect(first["number"] == "0x0")
            #expect(try await server.rpc("eth_getBlockByNumber", "0x99", true) == .null)
            #expect(try await server.rpc("eth_getBlockTransactionCountByNumber", "0x1") == "0x2")
        }
    }

    /// A client that takes the header's fields together gets the hash that the node tells.
    @Test func `a block's hash is Ethereum's over its fields`() async throws {
        try await APIServer.run { server async throws in
            _ = try await sealTwo(server)
            let block = try await server.rpc("eth_getBlockByNumber", "latest", false)
            let names = [
                "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot",
                "receiptsRoot", "logsBloom", "difficulty", "number", "gasLimit", "gasUsed",
                "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas",
            ]
            let quantities = [
                "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas",
            ]
            let fields = try names.map { name -> RLP in
                let text = try #require(block[name]?.verbatim)
                guard quantities.contains(name) else {
                    return .bytes(try #require(Hexadecimal.decode(text)))
                }
                return .number(try #require(UInt64(text.dropFirst(2), radix: 16)))
            }
            let hash = Keccak256.hash(RLP.list(fields).encoded)
            #expect(block["hash"] == .string(hash.description))
        }
    }

    @Test func `transactions and receipts are whole`() async throws {
        try await APIServer.run { server async throws in
            let sealed = try await sealTwo(server)
            let block = try await server.rpc("eth_getBlockByNumber", "latest", true)
            let legacy = try #require(block["transactions"]?[0])
            #expect(legacy["type"] == "0x0")
            let v = try #require(
                legacy["v"]?.verbatim.flatMap { UInt64($0.dropFirst(2), radix: 16) })
            #expect(v == 4_711 * 2 + 35 || v == 4_711 * 2 + 36)
            #expect(legacy["value"] == "0x0")
            let typed = try #require(block["transactions"]?[1])
            #expect(typed["type"] == "0x2")
            #expect(typed["accessList"] == [])
            #expect(typed["maxFeePerGas"] == "0x0")
            #expect(typed["chainId"] == "0x1267")
            let hash = JSON.string(sealed.transactions[1].hash.description)
            #expect(try await server.rpc("eth_getTransactionByHash", hash) == typed)
            let byIndex = try await server.rpc(
                "eth_getTransactionByBlockNumberAndIndex", "0x1", "0x1")
            #expect(byIndex == typed)
            let receipt = try await server.rpc("eth_getTransactionReceipt", hash)
            #expect(receipt["status"] == "0x0")
            #expect(receipt["effectiveGasPrice"] == "0x0")
            #expect(receipt["logs"] == [])
            guard case .object(let members) = receipt else { throw BadFixture() }
            #expect(members.contains { $0.name == "contractAddress" && $0.value == .null })
            let receipts = try await server.rpc("eth_getBlockReceipts", "latest")
            #expect(receipts[1] == receipt)
            let name = JSON.string(sealed.hash.description)
            #expect(try await server.rpc("eth_getBlockReceipts", name) == receipts)
            #expect(receipts[0]?["logs"]?[0]?["logIndex"] == "0x0")
            let unknown = JSON.string(Hash32.zero.description)
            #expect(try await server.rpc("eth_getTransactionReceipt", unknown) == .null)
            #expect(try await server.rpc("eth_getTransactionByHash", unknown) == .null)
        }
    }

    @Test func `a raw transaction is taken, waits, and becomes final`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let offer = node.call(
                node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 9))
            let sender = JSON.string(node.seller.address.description)
            let hash = try await server.rpc("eth_sendRawTransaction", server.raw(offer))
            #expect(hash.verbatim?.utf8.count == 66)
            let waiting = try await server.rpc("eth_getTransactionByHash", hash)
            guard case .object(let members) = waiting else { throw BadFixture() }
            #expect(members.contains { $0.name == "blockNumber" && $0.value == .null })
            #expect(try await server.rpc("eth_getTransactionReceipt", hash) == .null)
            let count = "eth_getTransactionCount"
            #expect(try await server.rpc(count, sender, "pending") == "0x1")
            #expect(try await server.rpc(count, sender, "latest") == "0x0")
            let again = try await server.rpc("eth_sendRawTransaction", server.raw(offer))
            #expect(again["message"] == "already known")
            #expect(again["data"]?["reason"] == "known")
            try await node.seal()
            #expect(try await server.rpc("eth_getTransactionReceipt", hash)["status"] == "0x1")
            #expect(try await server.rpc(count, sender, "latest") == "0x1")
        }
    }

    @Test func `what the ledger refuses is refused in the customary words`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let data = MarketCall.addOffer(energy: 500, price: 9)
            func refusal(
                _ transaction: SignedTransaction, _ reason: JSON
            ) async throws -> JSON {
                let error = try await server.rpc("eth_sendRawTransaction", server.raw(transaction))
                #expect(error["code"] == -32_000)
                #expect(error["data"]?["reason"] == reason)
                return error["message"] ?? .null
            }
            try await node.seal(node.call(node.seller, NativeContract.market, data))
            let used = node.call(node.seller, NativeContract.market, data, nonce: 0)
            #expect(
                try await refusal(used, "nonceTooLow").verbatim?.hasPrefix("nonce too low") == true)
            let foreign = node.call(node.seller, NativeContract.market, data, chainID: 9)
            #expect(try await refusal(foreign, "wrongChain").verbatim?.contains("chain id") == true)
            let stranger = node.call(node.stranger, NativeContract.market, data)
            let unknown = try await refusal(stranger, "notMember").verbatim
            #expect(unknown?.contains("not a registered member") == true)
            let whole = node.call(node.seller, NativeContract.market, data)
            let trailing = JSON.string("0x" + Hexadecimal.encode(whole.encoded + [0]))
            let error = try await server.rpc("eth_sendRawTransaction", trailing)
            #expect(error["code"] == -32_000)
            let odd = try await server.rpc("eth_sendRawTransaction", "0x123")
            #expect(odd["code"] == -32_602)
        }
    }

    @Test func `contracts are called without a transaction`() async throws {
        try await APIServer.run { server async throws in
            let token = JSON.string(NativeContract.token.description)
            let market = JSON.string(NativeContract.market.description)
            let nobody = JSON.string(server.node.stranger.address.description)
            func call(_ to: JSON, _ data: Bytes) -> JSON {
                ["to": to, "input": .string("0x" + Hexadecimal.encode(data))]
            }
            let symbol = try await server.rpc("eth_call", call(token, TokenCall.symbol()), "latest")
            let bytes = try #require(symbol.data)
            #expect(try ABI.decode([.string], from: bytes) == [.string("CET")])
            let revert = try await server.rpc(
                "eth_call", call(market, MarketCall.pickOffer(OfferID(7))), "latest")
            #expect(revert["code"] == 3)
            #expect(revert["message"]?.verbatim?.hasPrefix("execution reverted: ") == true)
            #expect(revert["data"]?.verbatim?.hasPrefix("0x08c379a0") == true)
            #expect(try await server.rpc("eth_call", call(nobody, [1]), "latest") == "0x")
            #expect(try await server.rpc("eth_getCode", token, "latest") == "0xfe")
            #expect(try await server.rpc("eth_getCode", nobody, "latest") == "0x")
            #expect(try await server.rpc("eth_getBalance", nobody, "latest") == "0x0")
            let gas = try await server.rpc("eth_estimateGas", call(token, TokenCall.symbol()))
            let estimate = try #require(
                gas.verbatim.flatMap { UInt64($0.dropFirst(2), radix: 16) })
            #expect((21_000...1_000_000).contains(estimate))
            let old = try await server.rpc("eth_call", call(token, TokenCall.symbol()), "0x5")
            #expect(old["message"] == "header not found")
        }
    }

    @Test func `logs are found by block, address and topic`() async throws {
        try await APIServer.run { server async throws in
            let block = try await sealTwo(server)
            try await server.node.seal()
            let token = JSON.string(NativeContract.token.description)
            let all = try await server.rpc("eth_getLogs", ["fromBlock": "0x0", "address": token])
            #expect(all.elements?.count == 2)
            let topic = try #require(all[0]?["topics"]?[0])
            let hash = JSON.string(block.hash.description)
            let one = try await server.rpc(
                "eth_getLogs", ["blockHash": hash, "topics": [[topic], nil]])
            #expect(one == [all[0] ?? .null])
            #expect(try await server.rpc("eth_getLogs", [:]) == [])
            // Another node may have shown a block that this one does not have yet.
            #expect(try await server.rpc("eth_getLogs", ["fromBlock": "0xffff"]) == [])
            #expect(
                try await server.rpc("eth_getLogs", ["fromBlock": "0x0", "topics": [nil, topic]])
                    == [])
            let mixed = try await server.rpc("eth_getLogs", ["blockHash": hash, "toBlock": "0x1"])
            #expect(mixed["code"] == -32_602)
            let backwards = try await server.rpc(
                "eth_getLogs", ["fromBlock": "0x2", "toBlock": "0x1"])
            #expect(backwards["code"] == -32_602)
        }
    }

    @Test func `filters tell what is new, once`() async throws {
        try await APIServer.run { server async throws in
            let blocks = try await server.rpc("eth_newBlockFilter")
            let logs = try await server.rpc("eth_newFilter", ["fromBlock": "latest"])
            let waiting = try await server.rpc("eth_newPendingTransactionFilter")
            let node = server.node
            let offer = node.call(
                node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 9))
            let hash = try await server.rpc("eth_sendRawTransaction", server.raw(offer))
            let block = try await node.seal()
            let changes = "eth_getFilterChanges"
            #expect(try await server.rpc(changes, blocks) == [.string(block.hash.description)])
            #expect(try await server.rpc(changes, blocks) == [])
            #expect(try await server.rpc(changes, logs).elements?.count == 1)
            #expect(try await server.rpc(changes, logs) == [])
            #expect(try await server.rpc("eth_getFilterLogs", logs).elements?.count == 1)
            #expect(try await server.rpc(changes, waiting) == [hash])
            #expect(try await server.rpc(changes, waiting) == [])
            #expect(try await server.rpc("eth_uninstallFilter", logs) == true)
            #expect(try await server.rpc("eth_uninstallFilter", logs) == false)
            #expect(try await server.rpc(changes, logs)["message"] == "filter not found")
        }
    }

    @Test func `filters are bounded by what they take, for each client`() throws {
        let table = FilterTable()
        let addresses = JSON.array(
            Array(repeating: .string(Address.zero.description), count: 1_000))
        let large = FilterTable.Content.logs(try LogCriteria(["address": addresses]))
        func fill(_ client: String, _ content: FilterTable.Content) -> Int {
            var count = 0
            while table.add(content, next: 0, of: client) != nil { count += 1 }
            return count
        }
        #expect(fill("a", .blocks) == 1_024)
        #expect(fill("b", large) == 12)
        #expect(fill("b", .blocks) < 80)
        // The others fill what is left; who comes then finds room, and loses nothing.
        for client in ["c", "d"] { #expect(fill(client, .blocks) == 1_024) }
        let own = table.add(large, next: 5, of: "owner")
        #expect(own.flatMap { table.filter($0) }?.next == 5)
        #expect(fill("owner", .blocks) > 700)
        #expect(own.flatMap { table.filter($0) } != nil)
    }

    @Test func `thousands of addresses with a filter each keep nobody's first filter out`() throws {
        let table = FilterTable()
        let mine = try #require(table.add(.blocks, next: 7, of: "127.0.0.1"))
        let strangers = (0..<4_200).map { table.add(.blocks, next: 0, of: "\($0)") }
        #expect(strangers.allSatisfy { $0 != nil })
        #expect(table.filter(mine)?.next == 7)
        for owner in ["::1", "192.0.2.1"] {
            let filter = try #require(table.add(.blocks, next: 9, of: owner))
            #expect(table.filter(filter)?.next == 9)
        }
    }

    @Test func `a filter that is read does not give way to ever new addresses`() throws {
        let table = FilterTable()
        let addresses = JSON.array(
            Array(repeating: .string(Address.zero.description), count: 1_000))
        let large = FilterTable.Content.logs(try LogCriteria(["address": addresses]))
        let read = try #require(table.add(large, next: 3, of: "192.0.2.2"))
        let unread = try #require(table.add(large, next: 4, of: "192.0.2.3"))
        for stranger in 0..<300 {
            #expect(table.add(large, next: 0, of: "\(stranger)") != nil)
            if stranger.isMultiple(of: 20) { #expect(table.filter(read)?.next == 3) }
        }
        #expect(table.filter(read)?.next == 3)
        #expect(table.filter(unread) == nil)
    }

    @Test func `the protocol's own rules hold`() async throws {
        try await APIServer.run { server async throws in
            func post(_ text: String) async throws -> Answer {
                try await server.client.post("/", text)
            }
            let unknown = try await server.rpc("eth_mine")
            #expect(unknown["code"] == -32_601)
            #expect(
                unknown["message"] == "the method eth_mine does not exist/is not available")
            #expect(try await post("{").json["error"]?["code"] == -32_700)
            #expect(try await post("[]").json["error"]?["code"] == -32_600)
            #expect(try await post("{\"id\":1}").json["error"]?["code"] == -32_600)
            let notification = #"{"jsonrpc":"2.0","method":"eth_chainId"}"#
            #expect(try await post(notification).body.isEmpty)
            let batch = try await post(
                #"[{"jsonrpc":"2.0","id":"a","method":"eth_chainId"},"#
                    + #"{"jsonrpc":"2.0","method":"eth_chainId"},7]"#
            ).json
            #expect(batch.elements?.count == 2)
            #expect(batch[0]?["id"] == "a")
            #expect(batch[1]?["error"]?["code"] == -32_600)
            let call = #"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#
            let hundred = Array(repeating: call, count: 100).joined(separator: ",")
            #expect(try await post("[\(hundred)]").json.elements?.count == 100)
            #expect(
                try await post("[\(hundred),\(call)]").json["error"]?["message"]
                    == "batch too large")
            #expect(try await server.client.post("/rpc", call).json["result"] == "0x1267")
            #expect(try await server.client.get("/").status == 405)
            let text = try await server.client.post(
                "/", call, headers: ["content-type": "text/plain"])
            #expect(text.status == 415)
        }
    }
}
