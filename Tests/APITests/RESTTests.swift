import Ledger
import Protocol
import TestKit
import Testing

@testable import API

struct RESTTests {
    private func offer(_ node: FakeNode, expires: UInt64? = nil) -> SignedTransaction {
        node.call(
            node.seller, NativeContract.market,
            MarketCall.addOffer(energy: 500, price: 120_000, expires: expires))
    }

    @Test func `the status tells where node and chain stand`() async throws {
        try await APIServer.run { server async throws in
            let block = try await server.node.seal()
            let status = try await server.client.get("/api/v1/status").json
            #expect(status["height"] == 1)
            #expect(status["blockHash"] == .string(block.hash.description))
            #expect(status["stateRoot"] == .string(block.header.stateRoot.description))
            #expect(status["lastBlockTime"] == "2026-05-28T20:26:41.000Z")
            #expect(status["lastBlockAgeSeconds"] == 0)
            #expect(status["stalledSince"] == nil)
            #expect(status["peers"]?.elements?.count == 1)
            #expect(status["chainId"] == 4_711)
        }
    }

    @Test func `a chain that stands still says since when`() async throws {
        try await APIServer.run { server async throws in
            let last = try await server.node.seal().header.timestamp
            func stalled() async throws -> JSON? {
                try await server.client.get("/api/v1/status").json["stalledSince"]
            }
            server.node.contents.withLock { contents in
                contents.now = last.advanced(byMilliseconds: 9_000)
            }
            #expect(try await stalled() == nil)
            server.node.latest.update { $0.waitingSince = last }
            #expect(try await stalled() == "2026-05-28T20:26:41.000Z")
            // Nothing waits: an idle chain is silent, however long.
            server.node.latest.update { $0.waitingSince = nil }
            server.node.contents.withLock { contents in
                contents.now = last.advanced(byMilliseconds: 3_600_000)
            }
            #expect(try await stalled() == nil)
            let late = last.advanced(byMilliseconds: 3_590_000)
            server.node.latest.update { $0.waitingSince = late }
            #expect(try await stalled() == .string(RFC3339.text(late)))
        }
    }

    @Test func `blocks are listed by pages and found by name`() async throws {
        try await APIServer.run { server async throws in
            for _ in 0..<5 { try await server.node.seal() }
            let first = try await server.client.get("/api/v1/blocks?limit=4").json
            #expect(first["items"]?[0]?["number"] == 5)
            let cursor = try #require(first["next"]?.verbatim)
            let rest = try await server.client.get("/api/v1/blocks?limit=4&cursor=\(cursor)").json
            #expect(rest["items"]?.elements?.compactMap { $0["number"] } == [1, 0])
            #expect(rest["next"] == nil)
            let latest = try await server.client.get("/api/v1/blocks/latest").json
            let hash = try #require(latest["hash"]?.verbatim)
            #expect(try await server.client.get("/api/v1/blocks/5").json == latest)
            #expect(try await server.client.get("/api/v1/blocks/\(hash)").json == latest)
            #expect(try await server.client.get("/api/v1/blocks/6").status == 404)
            #expect(try await server.client.get("/api/v1/blocks/x").status == 400)
            #expect(try await server.client.get("/api/v1/blocks?limit=101").status == 400)
            #expect(try await server.client.get("/api/v1/blocks?cursor=1-2-3").status == 400)
        }
    }

    @Test func `a transaction is pending, then final`() async throws {
        try await APIServer.run { server async throws in
            let body: JSON = ["raw": server.raw(offer(server.node))]
            let text = String(decoding: body.encoded, as: UTF8.self)
            let taken = try await server.client.post("/api/v1/transactions", text)
            #expect(taken.status == 202)
            let hash = try #require(try taken.json["hash"]?.verbatim)
            #expect(try taken.json["status"] == "pending")
            let waiting = try await server.client.get("/api/v1/transactions/\(hash)").json
            #expect(waiting["status"] == "pending")
            let again = try await server.client.post("/api/v1/transactions", text)
            #expect(again.status == 409)
            try await server.node.seal()
            let final = try await server.client.get("/api/v1/transactions/\(hash)").json
            #expect(final["status"] == "final")
            #expect(final["block"] == 1)
            let list = try await server.client.get(
                "/api/v1/accounts/\(server.node.seller.address)/transactions"
            ).json
            #expect(list["items"]?[0] == final)
        }
    }

    @Test func `a submission can wait until it is final`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let pick = node.call(
                node.seller, NativeContract.market, MarketCall.pickOffer(OfferID(9)))
            let body: JSON = ["raw": server.raw(pick)]
            let text = String(decoding: body.encoded, as: UTF8.self)
            let client = server.client
            async let answer = client.post("/api/v1/transactions?wait=final&timeout=30", text)
            try await eventually("it waits") {
                node.latest.current.nextNonce(of: node.seller.address) == 1
            }
            try await node.seal()
            let final = try await answer
            #expect(final.status == 200)
            #expect(try final.json["status"] == "failed")
            #expect(try final.json["reason"]?.verbatim?.isEmpty == false)
        }
    }

    @Test func `a waiting client is answered from the block that is told of`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let body: JSON = ["raw": server.raw(offer(node))]
            let text = String(decoding: body.encoded, as: UTF8.self)
            let client = server.client
            async let answer = client.post("/api/v1/transactions?wait=final&timeout=30", text)
            try await eventually("it waits") { node.latest.current.pool.count == 1 }
            // Were it read from the store, it would not be found there.
            let block = try await node.seal(isStored: false)
            let final = try await answer
            #expect(final.status == 200)
            #expect(try final.json["status"] == "final")
            #expect(try final.json["function"] == "addOffer")
            #expect(try final.json["blockHash"] == .string(block.hash.description))
        }
    }

    @Test func `waiting has an end`() async throws {
        try await APIServer.run { server async throws in
            let body: JSON = ["raw": server.raw(offer(server.node))]
            let text = String(decoding: body.encoded, as: UTF8.self)
            let answer = try await server.client.post(
                "/api/v1/transactions?wait=final&timeout=1", text)
            #expect(answer.status == 202)
            let path = "/api/v1/transactions?wait=final&timeout=61"
            #expect(try await server.client.post(path, text).status == 400)
        }
    }

    @Test func `refusals are problem documents`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            func post(_ transaction: SignedTransaction) async throws -> Answer {
                let body: JSON = ["raw": server.raw(transaction)]
                return try await server.client.post(
                    "/api/v1/transactions", String(decoding: body.encoded, as: UTF8.self))
            }
            let stranger = try await post(
                node.call(node.stranger, NativeContract.market, MarketCall.claim(OfferID(1))))
            #expect(stranger.status == 422)
            #expect(stranger.headers["content-type"] == "application/problem+json")
            #expect(try stranger.json["detail"]?.verbatim?.contains("not a registered") == true)
            #expect(try stranger.json["status"] == 422)
            #expect(try stranger.json["reason"] == "notMember")
            let bad = try await server.client.post("/api/v1/transactions", #"{"raw":"0x01"}"#)
            #expect(bad.status == 400)
            #expect(try bad.json["reason"] == "malformed")
            let list = try await server.client.post("/api/v1/transactions", "[]")
            #expect(list.status == 400)
            #expect(try list.json["reason"] == nil)
            node.contents.withLock { $0.isBusy = true }
            let busy = try await post(offer(node))
            #expect(busy.status == 503)
            #expect(busy.headers["retry-after"] == "1")
            #expect(try busy.json["reason"] == "busy")
            #expect(try await server.client.get("/api/v1/nothing").status == 404)
            #expect(try await server.client.send("DELETE", "/api/v1/status").status == 405)
        }
    }

    @Test func `offers and trades are shown with their steps`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            try await node.seal(offer(node))
            try await node.seal(offer(node, expires: 1_780_000_100))
            let offers = try await server.client.get("/api/v1/offers").json
            #expect(offers["items"]?.elements?.compactMap { $0["id"] } == [2, 1])
            let trade = try await server.client.get("/api/v1/trades/1").json
            #expect(trade["price"] == "120000")
            #expect(trade["energyWh"] == 500)
            #expect(trade["state"] == "open")
            #expect(trade["steps"]?[0]?["step"] == "OfferAdded")
            node.contents.withLock { contents in
                contents.now = Timestamp(milliseconds: 1_780_000_100_000)
            }
            #expect(try await server.client.get("/api/v1/offers/2").json["state"] == "expired")
            let open = try await server.client.get("/api/v1/offers").json
            #expect(open["items"]?.elements?.compactMap { $0["id"] } == [1])
            let none = try await server.client.get(
                "/api/v1/trades?seller=\(node.stranger.address)"
            ).json
            #expect(none["items"] == [])
            #expect(try await server.client.get("/api/v1/trades?state=lost").status == 400)
            #expect(try await server.client.get("/api/v1/trades/99").status == 404)
            #expect(try await server.client.get("/api/v1/trades?seller=0x1").status == 400)
        }
    }

    @Test func `an offer to one alone says whom it is for, who finds it by that`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let buyer = node.buyer.address
            let gift = MarketCall.addOffer(energy: 500, price: 0, to: buyer)
            try await node.seal(offer(node))
            try await node.seal(node.call(node.seller, NativeContract.market, gift))
            let trade = try await server.client.get("/api/v1/offers/2").json
            #expect(trade["recipient"] == .string(buyer.description) && trade["price"] == "0")
            #expect(try await server.client.get("/api/v1/offers/1").json["recipient"] == nil)
            for path in ["offers", "trades"] {
                func found(_ recipient: Address) async throws -> [JSON] {
                    let answer = try await server.client.get(
                        "/api/v1/\(path)?recipient=\(recipient)")
                    return try answer.json["items"]?.elements?.compactMap { $0["id"] } ?? []
                }
                #expect(try await found(buyer) == [2])
                #expect(try await found(node.stranger.address) == [])
            }
            #expect(try await server.client.get("/api/v1/offers?recipient=me").status == 400)
        }
    }

    @Test func `offers for anyone are found beside any number for others alone`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            func seal(_ price: UInt32, to recipient: Address? = nil) async throws {
                let call =
                    recipient.map { MarketCall.addOffer(energy: 500, price: price, to: $0) }
                    ?? MarketCall.addOffer(energy: 500, price: price)
                try await node.seal(node.call(node.seller, NativeContract.market, call))
            }
            for price in [900, 300, 500, 300] as [UInt32] { try await seal(price) }
            for _ in 0..<5 { try await seal(0, to: node.buyer.address) }
            func page(_ query: String) async throws -> (ids: [JSON], next: JSON?) {
                let answer = try await server.client.get(
                    "/api/v1/offers?recipient=nobody&\(query)"
                ).json
                return (answer["items"]?.elements?.compactMap { $0["id"] } ?? [], answer["next"])
            }
            #expect(try await page("limit=9").ids == [2, 4, 3, 1])
            #expect(try await page("limit=9").next == nil)
            let first = try await page("limit=3")
            #expect(first.ids == [2, 4, 3])
            let cursor = try #require(first.next?.verbatim)
            #expect(try await page("limit=3&cursor=\(cursor)").ids == [1])
            for query in ["cursor=7", "seller=\(node.seller.address)"] {
                let answer = try await server.client.get(
                    "/api/v1/offers?recipient=nobody&\(query)")
                #expect(answer.status == 400, "\(query)")
            }
            try await node.seal(
                node.call(node.seller, NativeContract.market, MarketCall.cancelOffer(OfferID(4))))
            #expect(try await page("limit=9").ids == [2, 3, 1])
            #expect(try await server.client.get("/api/v1/trades?recipient=nobody").status == 400)
        }
    }

    @Test func `accounts, members, tokens and the market are shown`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let mint = TokenCall.mint(
                to: node.aggregator.address, amount: TokenAmount(5_000_000), reference: "a")
            try await node.seal(node.call(node.exchange, NativeContract.token, mint))
            let account = try await server.client.get(
                "/api/v1/accounts/\(node.aggregator.address)"
            ).json
            #expect(account["balance"] == "5000000")
            #expect(account["role"] == "aggregator")
            let tokens = try await server.client.get("/api/v1/tokens").json
            #expect(tokens["minted"] == "5000000")
            #expect(tokens["balances"] == "5000000")
            try await node.settleTrade()
            try await node.seal(offer(node))
            try await node.seal(offer(node))
            let market = try await server.client.get("/api/v1/market").json
            #expect(market["trades"]?["settled"] == 1)
            #expect(market["trades"]?["refunded"] == 0)
            #expect(market["offers"]?["open"] == 2)
            #expect(market["settledWh"] == 500)
            let members = try await server.client.get("/api/v1/members?limit=3").json
            #expect(members["items"]?.elements?.count == 3)
            let next = try #require(members["next"]?.verbatim)
            let rest = try await server.client.get("/api/v1/members?cursor=\(next)").json
            #expect(rest["items"]?.elements?.count == 2)
            let exchanges = try await server.client.get("/api/v1/members?role=exchange").json
            #expect(exchanges["items"]?.elements?.count == 1)
            let contracts = try await server.client.get("/api/v1/contracts").json
            #expect(contracts["items"]?.elements?.count == 4)
            let abi = try await server.client.get("/api/v1/contracts/EnergyMarket/abi").json
            #expect((abi.elements?.count ?? 0) > 10)
        }
    }

    @Test func `the meter is read and set by hand`() async throws {
        try await APIServer.run { server async throws in
            #expect(try await server.client.get("/api/v1/meter").status == 503)
            let set = try await server.client.post("/api/v1/meter", #"{"powerWatts":-1500}"#)
            #expect(set.status == 204)
            #expect(try await server.client.get("/api/v1/meter").json["powerWatts"] == -1_500)
            let refused = try await server.client.post("/api/v1/meter", #"{"powerWatts":20000}"#)
            #expect(refused.status == 409)
            let bad = try await server.client.post("/api/v1/meter", #"{"powerWatts":1.5}"#)
            #expect(bad.status == 400)
        }
    }

    @Test func `the description names every path`() async throws {
        try await APIServer.run { server async throws in
            let document = try await server.client.get("/api/v1/openapi.json").json
            #expect(document["openapi"] == "3.1.0")
            guard case .object(let paths)? = document["paths"] else { throw BadFixture() }
            #expect(paths.count == 24)
            let refused = paths.map(\.name).filter { !$0.hasPrefix("/") }
            #expect(refused.isEmpty)
        }
    }

    @Test func `final blocks and market events are pushed`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let client = server.client
            async let received = client.exchange(
                "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n", until: "event: market")
            // The first block that the listener can see is one after it has begun to listen.
            try await eventually("someone listens") { node.feed.listenerCount == 1 }
            try await node.seal(offer(node))
            let text = try await received
            #expect(text.contains("text/event-stream"))
            #expect(text.contains("event: block\nid: 1\n"))
            let later = try await client.exchange(
                "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nlast-event-id: 0\r\n\r\n",
                until: "OfferAdded")
            #expect(later.contains("id: 1-0\n"))
        }
    }

    @Test func `who listens too slowly gets all blocks up to the end of its stream`() async throws {
        let node = try FakeNode()
        let blocks = try #require(node.feed.blocks(for: "slow"))
        for _ in 0..<100 { try await node.seal(isStored: false) }
        var heights: [UInt64] = []
        for await block in blocks { heights.append(block.header.number) }
        #expect(heights.count == 64 && heights == Array(1...64))
        try await eventually("its place is free") { node.feed.listenerCount == 0 }
    }

    @Test func `a stream that ends says from which block to go on`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            async let received = server.client.exchange(
                "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n",
                until: "\"next\":4}\n")
            try await eventually("someone listens") { node.feed.listenerCount == 1 }
            for _ in 0..<3 { try await node.seal() }
            node.feed.finish()
            let text = try await received
            #expect(text.contains("id: 3\n"))
            #expect(text.contains("event: end\ndata: {\"next\":4}\n"))
        }
    }

    @Test func `a listener is told of blocks that lie too far back`() async throws {
        try await APIServer.run { server async throws in
            for _ in 0..<5_010 { try await server.node.seal(isStored: false) }
            let text = try await server.client.exchange(
                "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nlast-event-id: 3-1\r\n\r\n",
                until: "event: gap\ndata: {\"from\":4,\"to\":10}\n")
            #expect(text.contains("event: gap\ndata: {\"from\":4,\"to\":10}\n"))
        }
    }
}
