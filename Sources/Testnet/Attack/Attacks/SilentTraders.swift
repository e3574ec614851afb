import Console
import Ledger
import Protocol

/// An account without a node that picks whatever is offered, pays, and says nothing more.
struct SilentBuyer: MemberAttack {
    let number = "m9a"
    let title = "an account that picks everything and stays silent"
    let leastSeconds = 30.0

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let program = try testnet.program(at: target)
        program.waitForTokens(effort)
        try Self.pick(by: program, perSecond: 5, effort)
    }

    /// Picks what is open, `most` offers in all at most, until the effort is over; `meanwhile` is called
    /// again and again.
    static func pick(
        by program: MemberProgram, perSecond: Double, most: Int = .max, _ effort: AttackEffort,
        meanwhile: () throws -> Void = {}
    ) throws {
        var next = ContinuousClock.now
        var picked: Set<OfferID> = []
        while !effort.isOver {
            try meanwhile()
            guard ContinuousClock.now >= next, picked.count < most else {
                Terminal.pause(milliseconds: 20)
                continue
            }
            next = .now + .seconds(1 / perSecond)
            let own = program.address.description.lowercased()
            let open = ((try? program.openOffers()) ?? []).filter {
                !picked.contains($0.id) && $0.seller.lowercased() != own
            }
            let calls = open.prefix(min(16, most - picked.count)).map { offer in
                (contract: NativeContract.market, data: MarketCall.pickOffer(offer.id))
            }
            guard !calls.isEmpty else { continue }
            effort.count("picks", (try? program.hand(in: Array(calls)).count) ?? 0)
            picked.formUnion(open.prefix(calls.count).map(\.id))
        }
    }
}

/// An account without a node that offers energy for next to nothing, as much as the ledger takes, and
/// delivers none of it.
struct SilentSeller: MemberAttack {
    let number = "m9b"
    let title = "the cheapest offers, of which nothing comes"
    let leastSeconds = 30.0

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let program = try testnet.program(at: target)
        // As much as a household draws in minutes, so that one is enough to keep it waiting.
        let offer = MarketCall.addOffer(energy: effort.isShort ? 20 : 1_000, price: 1)
        let calls = [(contract: Address, data: Bytes)](
            repeating: (NativeContract.market, offer), count: effort.isShort ? 6 : 32)
        repeat {
            effort.count("offers", (try? program.hand(in: calls).count) ?? 0)
            HeldConnections.pause(effort)
        } while !effort.isOver && !effort.isShort
    }
}

/// A buyer whose meter takes part in deliveries and hands in receipts that cannot be: dated before the
/// payment, over more than its connection carries, or of another time.
struct BadReceipts: MemberAttack {
    let number = "m9c"
    let title = "a buyer's receipts that cannot be"

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let program = try testnet.program(at: target)
        program.waitForTokens(effort)
        var turn = 0
        let household = try ShamHousehold(of: program, in: testnet, watts: 3_000) { receipt in
            var receipt = receipt
            turn += 1
            switch turn % 3 {
            case 0:
                receipt.startTime = MarketTime(seconds: receipt.startTime.seconds - 3_600)
            case 1:
                receipt.endRegister = WattHours(receipt.endRegister.value + 17_250_000)
            default:
                receipt.endTime = MarketTime(seconds: receipt.endTime.seconds + 86_400)
            }
            return receipt
        }
        try SilentBuyer.pick(by: program, perSecond: 1, most: 64, effort) { try household.work() }
        effort.count("deliveries", household.begun)
        effort.count("receipts", household.receipts)
    }
}

/// A buyer that draws next to nothing, and holds deliveries of every seller open as long as they may
/// last.
struct SlowBuyer: MemberAttack {
    let number = "m15"
    let title = "a slow buyer beside others"
    let leastSeconds = 30.0

    /// How many offers it picks.
    private static let picks = 12

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let program = try testnet.program(at: target)
        program.waitForTokens(effort)
        let household = try ShamHousehold(of: program, in: testnet, watts: 30)
        try SilentBuyer.pick(by: program, perSecond: 2, most: Self.picks, effort) {
            try household.work()
        }
        effort.count("deliveries", household.begun)
    }
}
