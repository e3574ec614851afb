import API
import Ledger
import Protocol
import TestKit
import Testing

@testable import Node

/// What the owner gives away by rules set in the app, and what the node makes of them.
@Suite struct `Gifts by rules of the app` {
    /// Runs the household's node, beside a validator's, in a community with two neighbours.
    private func withHousehold(
        in directory: String,
        _ body: (_ community: NodeCommunity, _ owner: inout AppBrowser, _ node: RunningNode)
            async throws -> Void
    ) async throws {
        let community = try NodeCommunity(in: directory, neighbours: 2)
        let validator = community.validators[0]
        try await community.running(validator) { _ in
            try await community.running(community.household, dialling: [validator]) { node in
                try await eventually("the household is linked") { !node.snapshot.peers.isEmpty }
                var owner = try await AppBrowser.paired(with: community.household)
                try await body(community, &owner, node)
            }
        }
    }

    private func give(
        _ permille: JSON, to member: TestMember, by owner: inout AppBrowser
    ) async throws -> Answer {
        try await owner.send(
            "PUT", "household/neighbours/\(member.account.address)",
            ["name": "No. 5", "giftPermille": permille])
    }

    private func given(_ owner: AppBrowser) async throws -> [Address: Int] {
        let items = try await owner.get("household/neighbours").json["items"]?.elements ?? []
        return Dictionary(
            uniqueKeysWithValues: items.compactMap { item in
                guard let text = item["address"]?.verbatim, let part = item["giftPermille"]?.integer
                else { return nil }
                return Address(hexadecimal: text).map { ($0, part) }
            })
    }

    @Test func `all gifts together are all at most, and each is a part`() async throws {
        try await withTemporaryDirectory { directory in
            try await withHousehold(in: directory) { community, owner, _ in
                let (first, second) = (community.neighbours[0], community.neighbours[1])
                #expect(try await give(700, to: first, by: &owner).status == 204)
                let tooMuch = try await give(301, to: second, by: &owner)
                #expect(tooMuch.status == 409 && tooMuch.code == "too-much-given")
                #expect(try tooMuch.json["mostPermille"] == 300)
                #expect(try await give(300, to: second, by: &owner).status == 204)
                // What one had makes room for what it is to have.
                #expect(try await give(600, to: first, by: &owner).status == 204)
                #expect(
                    try await given(owner)
                        == [first.account.address: 600, second.account.address: 300])
                for wrong in [1_001, -1, "5", .number("0.5"), .bool(true)] as [JSON] {
                    let answer = try await give(wrong, to: first, by: &owner)
                    #expect(answer.status == 400, "\(wrong): \(answer.body)")
                }
                for other in [community.household, community.office] {
                    let answer = try await give(1, to: other, by: &owner)
                    #expect(answer.status == 400 && answer.body.contains("other households"))
                }
                #expect(try await give(0, to: first, by: &owner).status == 204)
                #expect(try await given(owner)[first.account.address] == 0)
            }
        }
    }

    /// At 3 kW two watt-hours flow in two and a half seconds, and half of that is one.
    @Test func `they are followed from the next decision on, and after a restart`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory, neighbours: 2)
            let (validator, neighbour) = (community.validators[0], community.neighbours[0])
            func gifts(_ node: RunningNode) -> [Offer] {
                node.snapshot.state.cheapestOffers(
                    to: neighbour.account.address, count: 9,
                    at: node.snapshot.marketTime(at: node.snapshot.header.timestamp))
            }
            try await community.running(validator) { _ in
                var owner = try await community.running(
                    community.household, dialling: [validator]
                ) { node in
                    var owner = try await AppBrowser.paired(with: community.household)
                    #expect(try await give(500, to: neighbour, by: &owner).status == 204)
                    let rules: JSON = ["isEnabled": .bool(true), "lotWh": 1]
                    #expect(try await owner.send("PUT", "household/rules", rules).status == 200)
                    let sun: JSON = ["powerWatts": -3_000]
                    #expect(try await owner.send("POST", "meter", sun).status == 204)
                    try await eventually("a gift is offered") { !gifts(node).isEmpty }
                    #expect(gifts(node).allSatisfy { $0.isGift && $0.energy == WattHours(1) })
                    let shown = try await owner.get("offers?limit=100").json["items"]?.elements
                    let own = (shown ?? []).filter { $0["price"] == "0" }
                    #expect(
                        own.allSatisfy {
                            $0["recipient"] == .string(neighbour.account.address.description)
                        } && !own.isEmpty)
                    // Whoever draws from the grid takes back what nobody has taken.
                    #expect(
                        try await owner.send("POST", "meter", ["powerWatts": 100]).status == 204)
                    try await eventually("gifts are taken back") { gifts(node).isEmpty }
                    return owner
                }
                try await community.running(
                    community.household, dialling: [validator]
                ) { node in
                    #expect(try await given(owner)[neighbour.account.address] == 500)
                    let sun: JSON = ["powerWatts": -3_000]
                    #expect(try await owner.send("POST", "meter", sun).status == 204)
                    try await eventually("a gift is offered again") { !gifts(node).isEmpty }
                }
            }
        }
    }

    @Test func `a gift by hand is for one household, and for no other to take`() async throws {
        try await withTemporaryDirectory { directory in
            try await withHousehold(in: directory) { community, owner, node in
                let neighbour = community.neighbours[0]
                func offer(_ recipient: JSON) async throws -> Answer {
                    try await owner.send(
                        "POST", "household/offers",
                        ["energyWh": 100, "price": "0", "recipient": recipient])
                }
                for wrong in [
                    .null, "x", .string(community.household.account.address.description),
                    .string(community.office.account.address.description),
                ] as [JSON] {
                    #expect(try await offer(wrong).status == 400, "\(wrong)")
                }
                let made = try await offer(.string(neighbour.account.address.description))
                #expect(made.status == 201, "\(made.body)")
                let id = try #require(made.json["trade"]?.integer)
                let trade = try await owner.get("household/trades/\(id)").json["trade"]
                #expect(
                    trade?["recipient"] == .string(neighbour.account.address.description))
                // Of two neighbours one gives the other something: not for this household to take.
                let other = community.neighbours[1]
                _ = try await node.finalize(
                    MarketCall.addOffer(energy: 5, price: 0, to: other.account.address),
                    by: neighbour.account)
                let pick = try await owner.send(
                    "POST", "household/picks", ["trade": .number(id + 1), "price": "0"])
                #expect(pick.status == 409 && pick.code == "for-another", "\(pick.body)")
            }
        }
    }
}
