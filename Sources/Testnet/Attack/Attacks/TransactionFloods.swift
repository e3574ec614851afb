import Console
import Keys
import Ledger
import Protocol

/// Transactions that no block can take, since those before them are missing: to the node's API and
/// over a link, as many bytes as the node lets in.
struct GappedFlood: MemberAttack {
    let number = "n3a"
    let title = "transactions behind a gap of nonces"

    private static let dataBytes = 30_000

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let member = try testnet.members.take()
        let program = try MemberProgram(member, at: testnet.node(target), in: testnet)
        let first =
            try program.call(
                "eth_getTransactionCount", [.string(program.address.description), "latest"]
            ).quantity ?? 0
        let chain = testnet.testnet.endpoints.chainId
        let transactions = (2...65).map { gap in
            Transaction(
                chainID: chain, nonce: first + UInt64(gap), to: NativeContract.market,
                data: Bytes(repeating: UInt8(gap), count: Self.dataBytes)
            ).signed(by: member.account).encoded
        }
        let port = try testnet.node(target).p2pPort
        var (pace, turn) = (Pace(perSecond: 20), 0)
        var link: PeerLink?
        while !effort.isOver {
            pace.wait()
            turn += 1
            let few = (0..<8).map { transactions[(8 * turn + $0) % transactions.count] }
            _ = try? program.call(
                "eth_sendRawTransaction", [.string("0x" + Hexadecimal.encode(few[0]))])
            effort.count("transactions at the API")
            do throws(SocketFailure) {
                if link == nil {
                    link = try PeerLink(
                        to: port, as: member, from: member.address, greeting: testnet.hello())
                }
                guard let open = link else { continue }
                let message = RLP.list([.number(6 as UInt8), .list(few.map { .bytes($0) })])
                try open.send(frame: message.encoded, priority: .transactions)
                effort.count("transactions over the link", few.count)
                try open.connection.takeWaiting()
            } catch {
                link = nil
                effort.count("links ended by the node")
            }
        }
    }
}

/// Hashes of transactions that are not, announced by two members, of whom one answers with nothing
/// and one not at all.
struct AnnouncedLies: MemberAttack {
    let number = "n3b"
    let title = "announcements of transactions that are not"
    let members = 2

    private static let perSecond = 20.0

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let members = try (0..<members).map { _ in try testnet.members.take() }
        let port = try testnet.node(target).p2pPort
        AttackThread.run(2) { thread in
            var pace = Pace(perSecond: Self.perSecond)
            while !effort.isOver {
                do throws(SocketFailure) {
                    let link = try PeerLink(
                        to: port, as: members[thread],
                        from: members[thread].address, greeting: testnet.hello(), listens: true)
                    while !effort.isOver {
                        pace.wait()
                        try Self.lie(over: link, answers: thread == 0, effort)
                    }
                } catch {
                    effort.count("links ended by the node")
                    Terminal.pause(milliseconds: 100)
                }
            }
        }
    }

    private static func lie(
        over link: PeerLink, answers: Bool, _ effort: AttackEffort
    ) throws(SocketFailure) {
        let hashes = (0..<Limits.announcedTransactions).map { _ in
            Keccak256.hash(Bytes.random(count: 16))
        }
        try link.send(.replica(.transactionsAnnounced(hashes)))
        effort.count("hashes", hashes.count)
        for case .replica(.transactionsRequest(let number, _)) in try link.takeMessages() {
            effort.count("requests of the node")
            guard answers else { continue }
            try link.send(.replica(.transactionsAnswer(number: number, transactions: [])))
        }
    }
}

/// Ready transactions of five accounts, as many as two nodes take, while another member hands in runs of
/// its own and looks what becomes of each that was acknowledged.
struct PoolFlood: MemberAttack {
    let number = "n4"
    let title = "a pool filled by five accounts"
    let members = 6

    /// How many calls an account hands in at once, and how often a second.
    private static let run = 100
    private static let perSecond = 3.0

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let all = try (0..<members).map { _ in try testnet.members.take() }
        AttackThread.run(members) { thread in
            do {
                let node = try testnet.node(thread.isMultiple(of: 2) ? target : "v2")
                let program = try MemberProgram(all[thread], at: node, in: testnet)
                if thread == 0 {
                    try Self.follow(program, effort)
                } else {
                    Self.flood(program, effort)
                }
            } catch {
                effort.count("programs that failed")
            }
        }
    }

    private static func calls(
        _ count: Int, _ program: MemberProgram
    ) -> [(contract: Address, data: Bytes)] {
        let call = TokenCall.approve(spender: program.address, amount: UInt256(1))
        return [(contract: Address, data: Bytes)](
            repeating: (NativeContract.token, call), count: count)
    }

    private static func flood(_ program: MemberProgram, _ effort: AttackEffort) {
        var pace = Pace(perSecond: effort.isShort ? 0.5 : perSecond)
        while !effort.isOver {
            pace.wait()
            let count = effort.isShort ? run / 5 : run
            let taken = try? program.hand(in: calls(count, program))
            effort.count("transactions", count)
            effort.count("taken", taken?.count ?? 0)
        }
    }

    /// Hands a run of twenty in each second, and looks in the end where each is that was acknowledged.
    private static func follow(_ program: MemberProgram, _ effort: AttackEffort) throws {
        var pace = Pace(perSecond: 1)
        var acknowledged: [Hash32] = []
        while !effort.isOver {
            pace.wait()
            acknowledged += (try? program.hand(in: calls(20, program))) ?? []
        }
        effort.count("honest transactions acknowledged", acknowledged.count)
        var waiting = acknowledged
        let deadline = ContinuousClock.now + .seconds(15)
        while !waiting.isEmpty, ContinuousClock.now < deadline {
            waiting = try waiting.filter { hash in
                try program.get("/api/v1/transactions/\(hash)")["status"]?.text?.verbatim != "final"
            }
            if !waiting.isEmpty { Terminal.pause(milliseconds: 500) }
        }
        effort.claim(
            "acknowledged and not final", waiting.isEmpty && !acknowledged.isEmpty,
            "\(waiting.count) of \(acknowledged.count)", limit: "none")
    }
}
