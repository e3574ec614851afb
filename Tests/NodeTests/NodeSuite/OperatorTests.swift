import API
import Keys
import Ledger
import Protocol
import TestKit
import Testing

@testable import Node

/// Several operators at an aggregator's node in this process, each with a password.
@Suite struct `An aggregator's operators` {
    private func withOffice(
        _ body: (_ office: TestMember, _ node: RunningNode) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            try await community.running(community.office) { node in
                try await body(community.office, node)
            }
        }
    }

    /// A browser signed in by `code`, where `password` is chosen.
    private func pair(
        _ office: TestMember, _ code: String, _ password: String?
    ) async throws -> (browser: AppBrowser, answer: Answer) {
        var browser = AppBrowser(office)
        let body: JSON = ["code": .string(code), "password": .string(password), "label": "desk"]
        let answer = try await browser.send("POST", "pairing", body)
        return (browser, answer)
    }

    private func signIn(
        _ office: TestMember, _ name: String, _ password: String
    ) async throws -> (browser: AppBrowser, answer: Answer) {
        var browser = AppBrowser(office)
        let answer = try await browser.send(
            "POST", "session", ["name": .string(name), "password": .string(password)])
        return (browser, answer)
    }

    /// The first operator, called Berg.
    private func first(_ office: TestMember) async throws -> AppBrowser {
        var program = try AppBrowser.program(of: office)
        let made = try await program.send(
            "POST", "invitations", ["role": "owner", "operator": "Berg"])
        let code = try #require(try made.json["code"]?.verbatim)
        let (browser, answer) = try await pair(office, code, "berg's password")
        #expect(answer.status == 204, "\(answer.body)")
        return browser
    }

    /// A colleague whom `one` lets in.
    private func second(_ office: TestMember, by one: inout AppBrowser) async throws -> AppBrowser {
        let made = try await one.send("POST", "aggregator/operators", ["operator": "Anna"])
        #expect(made.status == 201, "\(made.body)")
        let code = try #require(try made.json["code"]?.verbatim)
        // Without a password the code lets nobody in, and stays good.
        let (_, refused) = try await pair(office, code, nil)
        #expect(refused.status == 422 && refused.code == "password-needed", "\(refused.body)")
        let (browser, answer) = try await pair(office, code, "anna's password")
        #expect(answer.status == 204, "\(answer.body)")
        return browser
    }

    @Test func `sign in each with a password of their own, and are named in what they do`()
        async throws
    {
        try await withOffice { office, _ in
            #expect(try await AppBrowser(office).get("app").json["isPaired"] == .bool(false))
            var berg = try await first(office)
            _ = try await second(office, by: &berg)
            let (anna, answer) = try await signIn(office, "anna", "anna's password")
            #expect(answer.status == 204, "\(answer.body)")
            let session = try await anna.get("session").json
            #expect(session["name"] == "Anna" && session["role"] == "operator")
            for (name, password) in [
                ("Anna", "berg's password"), ("nobody", "anna's password"), ("", "anna's password"),
            ] {
                let (_, wrong) = try await signIn(office, name, password)
                #expect(wrong.status == 401 && wrong.code == "wrong-operator", "\(wrong.body)")
                #expect(wrong.body.contains("no operator has this name and password"))
                #expect(wrong.triesLeft != nil)
            }
            var invited = anna
            _ = try await invited.send(
                "POST", "aggregator/invitations",
                ["name": "No. 30", "role": "consumer", "ratedPowerWatts": 1])
            let audit = try await berg.get("aggregator/audit").json["items"]?.elements ?? []
            #expect(audit.map { $0["operator"]?.verbatim } == ["Anna", "Berg"])
            #expect(audit.map { $0["what"]?.verbatim } == ["invited", "admitted"])
            #expect(audit.last?["name"] == "Anna")
            let people = try await berg.get("aggregator/operators").json["items"]?.elements ?? []
            #expect(people.map { $0["name"]?.verbatim } == ["Berg", "Anna"])
            #expect(people.map { $0["devices"]?.integer } == [1, 2])
            #expect(people.map { $0["isThis"] } == [.bool(true), .bool(false)])
            // Nobody sees nor ends a colleague's sessions, but by removing the colleague.
            #expect(try await berg.get("devices").json["items"]?.elements?.count == 1)
        }
    }

    @Test func `are removed with their sessions, all but the last`() async throws {
        try await withOffice { office, _ in
            var berg = try await first(office)
            let alone = try await berg.send("DELETE", "aggregator/operators/Berg")
            #expect(alone.status == 409 && alone.code == "last-operator", "\(alone.body)")
            var anna = try await second(office, by: &berg)
            let twice = try await berg.send("POST", "aggregator/operators", ["operator": "ANNA"])
            #expect(twice.status == 409 && twice.code == "operator-exists")
            #expect(try await anna.get("aggregator").status == 200)
            #expect(try await berg.send("DELETE", "aggregator/operators/anna").status == 204)
            #expect(try await anna.get("aggregator").status == 401)
            let (_, gone) = try await signIn(office, "Anna", "anna's password")
            #expect(gone.status == 401)
            #expect(try await berg.send("DELETE", "aggregator/operators/Anna").status == 404)
            #expect(try await anna.send("DELETE", "aggregator/operators/Berg").status == 401)
            #expect(try await berg.get("aggregator").status == 200)
        }
    }

    @Test func `change their own password, and nobody else's`() async throws {
        try await withOffice { office, _ in
            var berg = try await first(office)
            let anna = try await second(office, by: &berg)
            let changed = try await berg.send(
                "PUT", "password", ["password": "another password", "operator": "Anna"])
            #expect(changed.status == 204, "\(changed.body)")
            #expect(try await anna.get("aggregator").status == 200)
            let (_, still) = try await signIn(office, "Anna", "anna's password")
            #expect(still.status == 204)
            let (_, old) = try await signIn(office, "Berg", "berg's password")
            #expect(old.status == 401)
            let (_, new) = try await signIn(office, "Berg", "another password")
            #expect(new.status == 204)
            // The node's own shell may set any, and says whose.
            var program = try AppBrowser.program(of: office)
            let whose = try await program.send("PUT", "password", ["password": "a third one"])
            #expect(whose.status == 400)
            let set = try await program.send(
                "PUT", "password", ["password": "a third one", "operator": "Anna"])
            #expect(set.status == 204)
            #expect(try await anna.get("aggregator").status == 401)
        }
    }

    @Test func `see when a household's owner signed in, and its node proved it`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (office, household) = (community.office, community.household)
            try await community.running(office) { _ in
                try await community.running(household, dialling: [office]) { node in
                    try await eventually("it is linked") { !node.snapshot.peers.isEmpty }
                    let program = try AppBrowser.program(of: office)
                    func signedInAt() async throws -> String? {
                        let members = try await program.get("aggregator/members").json["items"]
                        return members?.elements?.first?["signedInAt"]?.verbatim
                    }
                    #expect(try await signedInAt() == nil)
                    let (_, answer) = try await pair(
                        household, try await AppBrowser.code(of: household), "a long password")
                    #expect(answer.status == 204, "\(answer.body)")
                    try await eventually("the aggregator knows") {
                        try await signedInAt() != nil
                    }
                }
            }
        }
    }

    @Test func `see when a household ordered tokens, by its block`() async throws {
        try await NodeCommunity.linked(\.office) { community, node in
            let buyer = community.household.account
            let order = TokenCall.purchaseTokens(
                of: community.aggregator.address, amount: TokenAmount(7), reference: "b")
            let hash = try await node.finalize(order, to: NativeContract.token, by: buyer)
            let program = try AppBrowser.program(of: community.office)
            let time = try await program.get("transactions/\(hash)").json["time"]
            #expect(time?.verbatim != nil)
            // What it tries since is no order: one is open.
            let second = try await node.submit(
                order, to: NativeContract.token, by: buyer, wait: "?wait=final")
            #expect(try second.json["status"] == "failed", "\(second.body)")
            _ = try await node.finalize(
                TokenCall.approve(spender: buyer.address, amount: 1), to: NativeContract.token,
                by: buyer)
            let orders = try await program.get("aggregator/purchases").json["items"]?.elements
            #expect(orders?.count == 1)
            #expect(orders?.first?["orderedAt"] == time)
            try await eventually("the next one has its own time") {
                _ = try await node.finalize(
                    TokenCall.cancelPurchase(), to: NativeContract.token, by: buyer)
                let next = try await node.finalize(order, to: NativeContract.token, by: buyer)
                let orders = try await program.get("aggregator/purchases").json["items"]?.elements
                let nextTime = try await program.get("transactions/\(next)").json["time"]
                return orders?.first?["orderedAt"] == nextTime && nextTime != time
            }
        }
    }

    @Test func `stay signed in when the node starts again`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let office = community.office
            let berg = try await community.running(office) { _ in try await first(office) }
            try await community.running(office) { _ in
                #expect(try await berg.get("session").json["name"] == "Berg")
                let (_, again) = try await signIn(office, "berg", "berg's password")
                #expect(again.status == 204)
            }
        }
    }
}
