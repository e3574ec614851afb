import API
import Keys
import Ledger
import Protocol
import Storage
import TestKit
import Testing

@testable import App
@testable import Node

/// Households that an operator invites, at an aggregator's node in this process.
@Suite struct `An aggregator's invitation` {
    /// A household that is no member yet.
    private struct Newcomer {
        let account = PrivateKey.random()
        let meter = PrivateKey.random()
        var certificate = SHA256.hash(Bytes.random(count: 8))

        /// What it hands in with `code`, its signatures made by the keys that are given in place of its
        /// own.
        func application(
            _ code: String, in domain: SigningDomain, signedBy account: PrivateKey? = nil,
            and meter: PrivateKey? = nil
        ) -> JSON {
            let application = MemberApplication(
                code: OneTimeCode.plain(code), account: self.account.address,
                meterKey: self.meter.address, certificateHash: certificate)
            let digest = application.digest(in: domain)
            func signature(_ key: PrivateKey) -> JSON {
                .string("0x" + Hexadecimal.encode(key.sign(digest).bytes))
            }
            return [
                "code": .string(code), "account": .address(self.account.address),
                "meterKey": .address(self.meter.address), "certificateHash": .hash(certificate),
                "accountSignature": signature(account ?? self.account),
                "meterSignature": signature(meter ?? self.meter),
            ]
        }
    }

    /// Runs a chain of one validator and the aggregator's node, and lets `body` at its console.
    private func withOffice(
        _ body: (_ office: TestMember, _ node: RunningNode) async throws -> Void
    ) async throws {
        try await NodeCommunity.linked(\.office) { community, node in
            try await body(community.office, node)
        }
    }

    private func invite(
        _ operators: inout AppBrowser, _ name: String = "No. 30", days: Int = 14
    ) async throws -> (id: String, code: String) {
        let made = try await operators.send(
            "POST", "aggregator/invitations",
            [
                "name": .string(name), "meteringPoint": "DE30", "role": "prosumer",
                "ratedPowerWatts": 17_250, "days": .number(days),
            ])
        #expect(made.status == 201, "\(made.body)")
        return (
            try #require(try made.json["id"]?.verbatim),
            try #require(try made.json["code"]?.verbatim)
        )
    }

    /// Hands `application` in until it is final.
    private func join(_ office: TestMember, _ application: JSON) async throws -> Answer {
        var stranger = AppBrowser(office)
        for _ in 0..<20 {
            let answer = try await stranger.send("POST", "registrations", application)
            guard answer.status == 202 else { return answer }
        }
        return try await stranger.send("POST", "registrations", application)
    }

    @Test func `has a household registered that nobody else knew`() async throws {
        try await withOffice { office, node in
            var operators = try AppBrowser.program(of: office)
            let (_, code) = try await invite(&operators)
            let newcomer = Newcomer()
            let domain = node.node.store.domain
            let application = newcomer.application(code.lowercased(), in: domain)
            let joined = try await join(office, application)
            #expect(joined.status == 201, "\(joined.body)")
            #expect(try joined.json["name"] == "No. 30")
            let member = try #require(node.snapshot.state.member(newcomer.account.address))
            #expect(member.meterKey == newcomer.meter.address)
            #expect(member.role == .prosumer && member.ratedPower == Watts(17_250))
            #expect(member.certificateHash == newcomer.certificate)
            // Once more changes nothing; another household gets nothing for it.
            #expect(try await join(office, application).status == 201)
            let other = try await join(office, Newcomer().application(code, in: domain))
            #expect(other.status == 409 && other.code == "code-used", "\(other.body)")
            let members = try await operators.get("aggregator/members").json["items"]?.elements
            let shown = members?.first { $0["address"]?.address == newcomer.account.address }
            #expect(shown?["name"] == "No. 30" && shown?["meteringPoint"] == "DE30")
            #expect(try await operators.get("aggregator/invitations").json["items"] == [])
            let audit = try await operators.get("aggregator/audit").json["items"]?.elements ?? []
            #expect(audit.map { $0["what"]?.verbatim } == ["joined", "invited"])
            #expect(audit.map { $0["name"]?.verbatim } == ["No. 30", "No. 30"])
        }
    }

    @Test func `is good for nobody who has not both keys, on this chain`() async throws {
        try await withOffice { office, node in
            var operators = try AppBrowser.program(of: office)
            let (_, code) = try await invite(&operators)
            let (newcomer, thief) = (Newcomer(), PrivateKey.random())
            let domain = node.node.store.domain
            let elsewhere = SigningDomain(
                chainID: domain.chainID, genesisHash: SHA256.hash([1]))
            for application in [
                newcomer.application(code, in: domain, signedBy: thief),
                newcomer.application(code, in: domain, and: thief),
                newcomer.application(code, in: elsewhere),
            ] {
                let answer = try await join(office, application)
                #expect(answer.status == 422 && answer.code == "wrong-signature", "\(answer.body)")
            }
            // Nothing of that has used it up.
            let joined = try await join(office, newcomer.application(code, in: domain))
            #expect(joined.status == 201, "\(joined.body)")
        }
    }

    @Test func `is open again where the ledger refuses the household`() async throws {
        try await withOffice { office, node in
            var operators = try AppBrowser.program(of: office)
            let domain = node.node.store.domain
            let (_, first) = try await invite(&operators)
            let known = Newcomer()
            #expect(try await join(office, known.application(first, in: domain)).status == 201)
            let (_, second) = try await invite(&operators, "No. 31")
            // Its certificate is another's.
            let twin = Newcomer(certificate: known.certificate)
            let refused = try await join(office, twin.application(second, in: domain))
            #expect(refused.status == 409 && refused.code == "not-registered", "\(refused.body)")
            let joined = try await join(office, Newcomer().application(second, in: domain))
            #expect(joined.status == 201, "\(joined.body)")
        }
    }

    @Test func `is withdrawn, and holds up who guesses and nobody else`() async throws {
        try await withOffice { office, node in
            var operators = try AppBrowser.program(of: office)
            let domain = node.node.store.domain
            let (id, code) = try await invite(&operators)
            let open = try await operators.get("aggregator/invitations").json["items"]
            #expect(open?.elements?.count == 1 && open?[0]?["name"] == "No. 30")
            #expect(open?[0]?["code"] == nil)
            let gone = try await operators.send("DELETE", "aggregator/invitations/\(id)")
            #expect(gone.status == 204)
            let again = try await operators.send("DELETE", "aggregator/invitations/\(id)")
            #expect(again.status == 404)
            for tries in 1...6 {
                let answer = try await join(office, Newcomer().application(code, in: domain))
                #expect(answer.code == (tries <= 5 ? "wrong-code" : "paused"), "\(answer.body)")
            }
            for days in [0, 61] {
                let made = try await operators.send(
                    "POST", "aggregator/invitations",
                    [
                        "name": "x", "role": "prosumer", "ratedPowerWatts": 1,
                        "days": .number(days),
                    ])
                #expect(made.status == 400)
            }
            var stranger = AppBrowser(office)
            let uninvited = try await stranger.send("POST", "aggregator/invitations", ["name": "x"])
            #expect(uninvited.status == 401)
        }
    }

    @Test func `ends, and then says since when`() async throws {
        try await withOffice { office, node in
            guard case .aggregator(let books) = node.node.roleStore else { return }
            let now = node.node.clock.now()
            let old = MemberInvitation(
                codeHash: Joining.hash(of: "0D"), name: "No. 30", meteringPoint: "",
                role: .consumer, ratedPower: Watts(9), madeBy: "berg",
                madeAt: Timestamp(milliseconds: now.milliseconds - 2_000),
                expiresAt: Timestamp(milliseconds: now.milliseconds - 1_000))
            _ = try #require(try await books.add(old, most: 1))
            let answer = try await join(
                office, Newcomer().application("0D", in: node.node.store.domain))
            #expect(answer.status == 410 && answer.code == "code-expired", "\(answer.body)")
            #expect(answer.body.contains("was good until 20"))
            let operators = try AppBrowser.program(of: office)
            #expect(try await operators.get("aggregator/invitations").json["items"] == [])
        }
    }

    /// What is no text, or one at an edge.
    private static let edges: [JSON] = [
        .null, .bool(true), 7, .array([]), .object([]), "", "0x", "\u{0}", "\u{1b}[2J",
        .string(String(repeating: "A", count: 100_000)),
        .string("0x" + String(repeating: "0", count: 130)),
        .string("0x" + String(repeating: "f", count: 130)),
    ]

    @Test func `is not at fault itself, whatever comes`() async throws {
        try await withOffice { office, node in
            var operators = try AppBrowser.program(of: office)
            let (_, code) = try await invite(&operators)
            let application = Newcomer().application(code, in: node.node.store.domain)
            var stranger = AppBrowser(office)
            guard case .object(let members) = application else { return }
            for member in members {
                for edge in Self.edges {
                    let body = JSON.object(
                        members.map { $0.name == member.name ? .init($0.name, edge) : $0 })
                    let answer = try await stranger.send("POST", "registrations", body)
                    #expect(400..<500 ~= answer.status, "\(member.name) \(edge): \(answer.body)")
                }
            }
        }
    }
}
