import API
import Console
import Keys
import Ledger
import Protocol

/// Offers that nobody would pick, a watt-hour for as many tokens as an offer can say, as many as the
/// ledger takes of four accounts, again and again.
struct AbsurdOffers: MemberAttack {
    let number = "m8"
    let title = "absurd offers up to the quota"
    let members = 4

    /// How many offers the ledger lets a member have.
    private static let most = 64

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let programs = try (0..<members).map { _ in try testnet.program(at: target) }
        let offer = MarketCall.addOffer(energy: 1, price: .max)
        let calls = [(contract: Address, data: Bytes)](
            repeating: (NativeContract.market, offer),
            count: effort.isShort ? 10 : 2 * Self.most / 3)
        var pace = Pace(perSecond: 2)
        while !effort.isOver {
            for program in programs where !effort.isOver {
                pace.wait()
                effort.count("offers", (try? program.hand(in: calls).count) ?? 0)
            }
        }
        let open = try programs.map { program in
            try program.get("/api/v1/offers?limit=100&seller=\(program.address)")["items"]?
                .elements?.count ?? 0
        }
        effort.count("offers open at the end", open.reduce(0, +))
        effort.claim(
            "offers of one member", (open.max() ?? 0) <= Self.most, "\(open.max() ?? 0)",
            limit: "\(Self.most)")
    }
}

/// State that would stay for ever: transfers and allowances to accounts that are nobody's, offers.
struct StateFilling: MemberAttack {
    let number = "m12"
    let title = "state for accounts that are nobody's"

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let program = try testnet.program(at: target)
        program.waitForTokens(effort)
        var strangers: [Address] = []
        var pace = Pace(perSecond: effort.isShort ? 0.5 : 2)
        while !effort.isOver {
            pace.wait()
            let some = (0..<(effort.isShort ? 5 : 33)).map { _ in PrivateKey.random().address }
            strangers += some.prefix(2)
            let calls = some.flatMap { stranger -> [(contract: Address, data: Bytes)] in
                [
                    (
                        NativeContract.token,
                        TokenCall.transfer(to: stranger, amount: TokenAmount(1))
                    ),
                    (
                        NativeContract.token,
                        TokenCall.approve(spender: stranger, amount: UInt256(1))
                    ),
                    (NativeContract.market, MarketCall.addOffer(energy: 1, price: .max)),
                ]
            }
            effort.count("calls", (try? program.hand(in: calls).count) ?? 0)
        }
        let kept = try strangers.filter { stranger in
            let held = try program.get("/api/v1/accounts/\(stranger)")["balance"]?.text?.verbatim
            let call = TokenCall.allowance(owner: program.address, spender: stranger)
            let object: JSON = [
                "to": .string(NativeContract.token.description),
                "data": .string("0x" + Hexadecimal.encode(call)),
            ]
            var allowed: UInt64?
            // A node answers so many calls a second and no more.
            for _ in 0..<20 where allowed == nil {
                allowed = try program.call("eth_call", [object, "latest"]).quantity
                Terminal.pause(milliseconds: allowed == nil ? 200 : 10)
            }
            return (held ?? "0") != "0" || allowed != 0
        }
        effort.claim(
            "state of nobody's accounts", kept.isEmpty, "\(kept.count) of \(strangers.count)",
            limit: "none")
    }
}

/// Ten thousand events and more, of which reads of the whole testnet's state must not depend.
struct EventFlood: MemberAttack {
    let number = "r17"
    let title = "events without end while the operator looks"
    let members = 4

    /// How long the operator's look may take, in seconds.
    #if DEBUG
        private static let limit = 15.0
    #else
        private static let limit = 2.0
    #endif

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let members = try (0..<members).map { _ in try testnet.members.take() }
        AttackThread.run(members.count + 1) { thread in
            if thread == members.count { return Self.look(at: testnet, effort) }
            guard let node = try? testnet.node(target),
                let program = try? MemberProgram(members[thread], at: node, in: testnet)
            else { return }
            let call = TokenCall.approve(spender: program.address, amount: UInt256(1))
            let calls = [(contract: Address, data: Bytes)](
                repeating: (NativeContract.token, call), count: effort.isShort ? 30 : 100)
            var pace = Pace(perSecond: effort.isShort ? 0.3 : 1.3)
            while !effort.isOver {
                pace.wait()
                effort.count("events", (try? program.hand(in: calls).count) ?? 0)
            }
        }
    }

    /// What `cluster/status` reads, again and again.
    private static func look(at testnet: AttackedTestnet, _ effort: AttackEffort) {
        var longest = 0.0
        var failures = 0
        repeat {
            let start = ContinuousClock.now
            let status = try? TestnetStatus(testnet.testnet)
            longest = max(longest, (ContinuousClock.now - start) / .seconds(1))
            if status?.market == nil || status?.agreement == nil { failures += 1 }
            effort.count("looks")
            Terminal.pause(milliseconds: 500)
        } while !effort.isOver
        effort.claim(
            "the operator's look", failures == 0 && longest <= limit,
            "\(Figures.rounded(longest, decimals: 2)) s, \(failures) failed",
            limit: "\(limit) s, none failed")
    }
}
