import Client
import Console
import Ledger
import Protocol
import TestKit
import Testing

@testable import API

/// What the programs read of a node over HTTP: pages and batches beyond the first, and the last of
/// several.
@Suite struct `A reader of a node` {
    /// What `body` reads, on a thread of its own.
    private func read<Value: Sendable>(
        _ server: APIServer, _ body: @escaping @Sendable (NodeClient) throws -> Value
    ) async throws -> Value {
        let url = "http://127.0.0.1:\(server.client.port)"
        return try await BlockingCall.run { try body(NodeClient(url: url)) }
    }

    @Test func `is answered each of more calls than a batch takes`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            // Tokens are members' alone: four of them stand among others.
            let members = node.latest.current.state.members().map(\.account)
            let places = [0, 99, 100, 249]
            var asked = (0..<250).map { Address(reserved: 0xb000 + $0) }
            for (place, member) in zip(places, members.filter { $0 != node.aggregator.address }) {
                asked[place] = member
            }
            let accounts = asked
            let mint = TokenCall.mint(
                to: node.aggregator.address, amount: TokenAmount(1_000), reference: "a")
            try await node.seal(node.call(node.exchange, NativeContract.token, mint))
            for (index, amount) in zip(places, 1...) {
                let transfer = TokenCall.transfer(
                    to: accounts[index], amount: TokenAmount(UInt64(amount)))
                try await node.seal(node.call(node.aggregator, NativeContract.token, transfer))
            }
            let balances = try await read(server) {
                try ContractReader(client: $0).results(
                    .token, "balanceOf", each: accounts.map { [.address($0)] })
            }
            let found = balances.compactMap { $0.first?.number(as: UInt64.self) }.enumerated()
                .filter { $1 > 0 }
            #expect(found.map(\.offset) == places)
            #expect(found.map(\.element) == [1, 2, 3, 4])
        }
    }

    @Test func `is given every page of offers and trades`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            // A member has so many offers at once; four make more than two pages of them.
            let keys = try (40..<44).map { try TestCommunity.key($0) }
            for (number, key) in keys.enumerated() {
                let member = Member.fixture(
                    key.address, .prosumer, meter: Address(reserved: 0xd000 + UInt32(number)))
                try await node.seal(
                    node.call(
                        node.aggregator, NativeContract.community,
                        CommunityCall.register(member)))
                for _ in 0..<60 {
                    let offer = node.call(
                        key, NativeContract.market, MarketCall.addOffer(energy: 500, price: 9))
                    _ = try await node.submit(offer.encoded)
                }
                try await node.seal()
            }
            // What is cancelled makes room for more.
            for id in 1...60 as ClosedRange<UInt32> {
                let (cancel, offer) = (
                    MarketCall.cancelOffer(OfferID(id)), MarketCall.addOffer(energy: 500, price: 9)
                )
                for data in [cancel, offer] {
                    let call = node.call(keys[0], NativeContract.market, data)
                    _ = try await node.submit(call.encoded)
                }
            }
            try await node.seal()
            let seller = keys[0].address
            let (offers, trades) = try await read(server) { client in
                let reader = ContractReader(client: client)
                return (try reader.openOffers().map(\.id), try reader.trades(of: seller))
            }
            #expect(offers == Array(61...300))
            #expect(trades == Array(1...60) + Array(241...300))
        }
    }

    @Test func `is given every page of members of a role and of open purchases`() async throws {
        try await APIServer.run { server async throws in
            let (node, token) = (server.node, NativeContract.token)
            let keys = try (0..<130).map { try TestCommunity.key(UInt8(100 + $0)) }
            for (number, key) in keys.enumerated() {
                let member = Member.fixture(
                    key.address, .consumer, meter: Address(reserved: 0xd000 + UInt32(number)))
                let register = node.call(
                    node.aggregator, NativeContract.community, CommunityCall.register(member))
                _ = try await node.submit(register.encoded)
            }
            try await node.seal()
            for key in keys {
                let order = TokenCall.purchaseTokens(
                    of: node.aggregator.address, amount: TokenAmount(7), reference: "")
                _ = try await node.submit(node.call(key, token, order).encoded)
            }
            try await node.seal()
            let (consumers, aggregators, buyers) = try await read(server) { client in
                let reader = ContractReader(client: client)
                return (
                    try reader.accounts(of: .consumer),
                    try reader.accounts(of: .aggregator) { !$0.isEmpty },
                    try reader.openPurchases().map(\.buyer)
                )
            }
            #expect(consumers.count == 131)
            #expect(aggregators == [node.aggregator.address])
            #expect(buyers == keys.map(\.address))
        }
    }

    @Test func `is told why this purchase was declined, not another`() async throws {
        try await APIServer.run { server async throws in
            let (node, token) = (server.node, NativeContract.token)
            let (buyer, seller) = (node.buyer.address, node.aggregator.address)
            for (number, reason) in [(1 as UInt32, "not paid"), (2, "too much")] {
                let order = TokenCall.purchaseTokens(
                    of: seller, amount: TokenAmount(7), reference: "")
                try await node.seal(node.call(node.buyer, token, order))
                let word = TokenCall.declinePurchase(
                    of: buyer, purchase: number, reason: reason)
                try await node.seal(node.call(node.aggregator, token, word))
            }
            let reasons = try await read(server) { client in
                try [1, 2, 3].map { number in
                    try ContractReader(client: client).declineReason(
                        of: buyer, purchase: number, since: 0)
                }
            }
            #expect(reasons == ["not paid", "too much", nil])
        }
    }

    @Test func `that hands a final transaction in again is told that it is final`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let offer = node.call(
                node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 9))
            let block = try await node.seal(offer)
            let outcome = try await read(server) { try $0.makeFinal(offer, waitingFor: 5) }
            #expect(outcome?.block == block.number)
            #expect(outcome?.succeeded == true)
            // Another of the same nonce is refused, and was never final.
            let other = node.call(
                node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 8),
                nonce: 0)
            await #expect(throws: CommandFailure.self) {
                _ = try await read(server) { try $0.makeFinal(other, waitingFor: 5) }
            }
        }
    }
}
