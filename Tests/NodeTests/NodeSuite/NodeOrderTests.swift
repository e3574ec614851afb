import API
import Ledger
import Protocol
import Storage
import TestKit
import Testing

@testable import Node

/// What owners and operators have done, through the app of a node in this process.
@Suite struct `Orders through the app` {
    private static let offer: JSON = ["energyWh": 200, "price": "28000", "forSeconds": 3_600]

    @Test func `an offer under one key is made once, and its answer is the same`() async throws {
        try await AppBrowser.withHousehold { member, node in
            var owner = try await AppBrowser.paired(with: member)
            var made: [Answer] = []
            for _ in 0..<3 {
                made.append(
                    try await owner.send("POST", "household/offers", Self.offer, key: "one"))
            }
            #expect(made.allSatisfy { $0.status == 201 && $0.body == made[0].body })
            #expect(node.snapshot.state.totals.count(.open) == 1)
            let other = try await owner.send(
                "POST", "household/offers", ["energyWh": 100, "price": "1"], key: "one")
            #expect(other.status == 422 && other.code == "key-used", "\(other.body)")
            let id = try #require(made[0].json["trade"]?.integer)
            let cancelling = try await owner.send("DELETE", "household/offers/\(id)", key: "one")
            #expect(cancelling.status == 422 && cancelling.code == "key-used")
            #expect(node.snapshot.state.totals.count(.open) == 1)
            // Another browser's key is another one.
            var second = try await AppBrowser.paired(with: member)
            let own = try await second.send("POST", "household/offers", Self.offer, key: "one")
            #expect(own.status == 201 && own.body != made[0].body)
            // What is not possible a second time has the first one's answer.
            for _ in 0..<2 {
                let gone = try await owner.send("DELETE", "household/offers/\(id)", key: "two")
                #expect(gone.status == 201, "\(gone.body)")
            }
            let long = try await owner.send(
                "POST", "household/offers", Self.offer, key: String(repeating: "k", count: 65))
            #expect(long.status == 400 && long.body.contains("from 1 to 64 bytes"))
        }
    }

    @Test func `orders of tokens are looked for in no more blocks than one may have read`()
        async throws
    {
        try await AppBrowser.withHousehold { member, node in
            let owner = try await AppBrowser.paired(with: member)
            for _ in 0..<3 { #expect(try await owner.get("household/purchases").status == 200) }
            // Two a second go on being answered: a machine that is busy takes several waves.
            try await eventually("more than one may have read is refused") {
                // As if there were as many blocks as are looked through, until the next comes.
                node.node.latest.update { snapshot in
                    var header = snapshot.header
                    header.number = LogFilter.maximumBlocks
                    snapshot.head = FinalBlock(
                        block: Block(header: header, transactions: []),
                        certificate: snapshot.head.certificate)
                }
                return try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<12 {
                        group.addTask { try await owner.get("household/purchases").status }
                    }
                    return try await group.contains(503)
                }
            }
        }
    }

    @Test func `a session says when it ends`() async throws {
        try await AppBrowser.withHousehold { member, _ in
            let owner = try await AppBrowser.paired(with: member)
            let session = try await owner.get("session").json
            let end = try #require(session["expiresAt"]?.verbatim)
            let devices = try await owner.get("devices").json["items"]?.elements ?? []
            #expect(devices.compactMap { $0["expiresAt"]?.verbatim } == [end])
            let made = try #require(devices[0]["seenAt"]?.verbatim.flatMap(RFC3339.time))
            #expect(RFC3339.time(end) == made.advanced(bySeconds: 30 * 86_400))
        }
    }

    @Test func `how many validators answer is true while nothing becomes final`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory, validators: 2)
            let (first, second) = (community.validators[0], community.validators[1])
            try await community.running(first, dialling: [second]) { _ in
                try await community.running(
                    community.household, dialling: [first, second]
                ) { node in
                    let browser = AppBrowser(community.household)
                    try await community.running(second, dialling: [first]) { _ in
                        try await eventually("both are linked") { node.snapshot.peers.count == 2 }
                        _ = try await node.finalize(
                            MarketCall.addOffer(energy: 500, price: 9),
                            by: community.household.account)
                        let answer = try await browser.get("validators").json
                        #expect(answer["answering"]?.integer == 2)
                    }
                    let sent = try await node.submit(
                        MarketCall.addOffer(energy: 500, price: 9), by: community.household.account)
                    #expect(sent.status == 202)
                    try await eventually("one of two answers, says the app") {
                        let answer = try await browser.get("validators").json
                        let standing = try await browser.get("community").json["standing"]
                        return standing?["stalledSince"] != nil
                            && standing?["answering"]?.integer == 1
                            && answer["answering"]?.integer == 1
                            && answer["items"]?.elements?.count { $0["isAnswering"] == true } == 1
                    }
                }
            }
        }
    }

    @Test func `what operators did stands beside what came of it`() async throws {
        try await NodeCommunity.linked(\.office) { community, _ in try await operate(community) }
    }

    private func operate(_ community: NodeCommunity) async throws {
        var berg = try await AppBrowser.paired(with: community.office)
        func register(_ meter: Address, _ browser: inout AppBrowser) async throws -> Answer {
            try await browser.send(
                "POST", "aggregator/members",
                [
                    "account": .address(Address(reserved: 70)), "meterKey": .address(meter),
                    "certificateHash": .hash(SHA256.hash([1])), "role": "consumer",
                    "ratedPowerWatts": 5_000, "name": "No. 7",
                ])
        }
        // A meter belongs to one member.
        let refused = try await register(community.household.member.meterKey, &berg)
        #expect(refused.status == 409, "\(refused.body)")
        #expect(try await register(Address(reserved: 71), &berg).status == 200)
        let path = "aggregator/members/\(community.household.account.address)"
        let suspension: JSON = ["suspended": true, "reason": "The meter is exchanged."]
        for _ in 0..<2 {
            let done = try await berg.send("PATCH", path, suspension, key: "suspend")
            #expect(done.status == 200 && done.body.contains("0x"), "\(done.body)")
        }
        let other = try await berg.send(
            "PATCH", path, ["suspended": false, "reason": "Done."], key: "suspend")
        #expect(other.status == 422 && other.code == "key-used")
        let named = try await berg.send("PATCH", path, ["name": "No. 1", "reason": "Moved."])
        #expect(named.status == 200)

        let lines = try await berg.get("aggregator/audit").json["items"]?.elements ?? []
        let told = lines.map { line in
            [line["what"]?.verbatim ?? "", line["outcome"]?.verbatim ?? "null"]
        }
        #expect(
            told == [
                ["renamed", "done"], ["suspended", "done"], ["registered", "done"],
                ["registered", "refused"],
            ])
        let reason = try #require(lines.last?["refusal"]?.verbatim)
        #expect(!reason.isEmpty && refused.body.contains(reason))
        #expect(lines.first?["refusal"] == nil)
    }
}
