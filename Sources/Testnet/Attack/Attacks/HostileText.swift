import Client
import Console
import Ledger
import Protocol

/// A household whose texts are made to be taken for more than text: refusals with lines and terminal
/// escapes in them, from some bytes to the longest message there is, a greeting of the same kind, and
/// a purchase of tokens whose reference forges a row of the operator's table.
struct HostileText: Attack {
    let number = "p2"
    let title = "text that forges lines and moves cursors"
    let adversary = Adversary.member
    let target = "aggregator"

    private static let forgery =
        "no\u{1b}[2J\u{1b}[1;31m\r\n2026-01-01T00:00:00+0000 critical v1: all is lost\u{202e}\u{7}"

    /// How long the refusals are that follow each other, in bytes.
    private static let lengths = [300, 4_000, 64_000, 1 << 20, Limits.messageBytes - 1_000]

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let node = try testnet.node(target)
        let members = try (0..<2).map { _ in try testnet.testnet.registerAttackMember() }
        AttackThread.run(2) { thread in
            var reconnects = Pace(perSecond: 200)
            var turn = 0
            while !effort.isOver {
                reconnects.wait()
                let length = thread == 0 ? Self.lengths[turn % Self.lengths.count] : 0
                turn += 1
                try? Self.talk(
                    to: node.p2pPort, as: members[thread], in: testnet, effort, length: length)
                if !effort.isOver { effort.count("links ended by the node") }
            }
        }
        try Self.orderTokens(as: members[0], in: testnet, effort)
    }

    /// Sends refusals over one link until the node ends it: short ones that it may take, or such of
    /// `length` bytes.
    private static func talk(
        to port: UInt16, as member: AttackMember, in testnet: AttackedTestnet,
        _ effort: AttackEffort, length: Int
    ) throws(SocketFailure) {
        let hello = testnet.hello(agent: forgery, endpoint: length > 1_000 ? forgery : "")
        let link = try PeerLink(to: port, as: member, greeting: hello)
        effort.count("links")
        let text = String(repeating: forgery, count: max(1, length / forgery.utf8.count))
        var pace = Pace(perSecond: 500)
        while !effort.isOver {
            pace.wait()
            let id = OfferID(UInt32.random(in: 1...20))
            try link.send(.meter(.refusal(id, reason: UntrustedText(text))))
            effort.count("refusals")
            effort.count("bytes of text", text.utf8.count)
            try link.connection.takeWaiting()
        }
    }

    /// Orders tokens with references that are more than text, and has the operator's own command
    /// show what is open.
    private static func orderTokens(
        as member: AttackMember, in testnet: AttackedTestnet, _ effort: AttackEffort
    ) throws {
        let aggregator = try testnet.node("aggregator")
        let submitter = Submitter(key: member.account, chainID: testnet.testnet.endpoints.chainId)
        let client = try testnet.testnet.client(aggregator, timeoutSeconds: 10)
        var nonce = try client.nonce(of: member.account.address)
        let references = [
            forgery, "1\n0xabc  2  1000  aggregator  paid", String(repeating: "a", count: 10_000),
            String(repeating: "\u{1b}", count: 200), "plain",
        ]
        for reference in references {
            let data = TokenCall.purchaseTokens(
                of: aggregator.address, amount: TokenAmount(1_000_000_000), reference: reference)
            let signed = submitter.sign(data, to: NativeContract.token, nonce: nonce)
            // The sender has no say in whether it stands on the ledger as reverted, or not at all.
            if try client.makeFinal(signed, waitingFor: 10) != nil { nonce += 1 }
            effort.count("orders")
        }
        let shown = try ProgramRun(
            SystemFile.busbar,
            ["token", "purchases", "--dir", testnet.testnet.directory.path], seconds: 30)
        let lines = shown.output.split(separator: "\n")
        let open = try ContractReader(client: client).openPurchases().count
        effort.claim(
            "operator's table", shown.isPlain && lines.count == open + 1,
            "\(lines.count) lines, \(shown.isPlain ? "plain" : "not plain")",
            limit: "\(open + 1) lines, plain")
    }
}
