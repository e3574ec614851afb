import API
import Console
import Ledger
import Protocol

/// Meter messages over two links of one household as fast as its aggregator takes them: readings, beginnings,
/// receipts and refusals, such as a household could say, or numbers that no meter shows.
struct MeterFlood: MemberAttack {
    let isAbsurd: Bool

    var number: String { isAbsurd ? "r18" : "r16" }
    var title: String {
        isAbsurd ? "numbers that no meter shows" : "a flood of one household's meter messages"
    }
    let target = "aggregator"

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let member = try testnet.members.take()
        let port = try testnet.node(target).p2pPort
        AttackThread.run(isAbsurd ? 3 : 2) { thread in
            if thread == 2 { return Self.post(to: testnet, member, effort) }
            var reconnects = Pace(perSecond: 20)
            while !effort.isOver {
                reconnects.wait()
                do throws(SocketFailure) {
                    let link = try PeerLink(
                        to: port, as: member, from: member.address, greeting: testnet.hello())
                    effort.count("links")
                    try flood(link, member, testnet, effort)
                } catch {
                    if !effort.isOver { effort.count("links ended or late") }
                }
            }
        }
    }

    private func flood(
        _ link: PeerLink, _ member: AttackMember, _ testnet: AttackedTestnet,
        _ effort: AttackEffort
    ) throws(SocketFailure) {
        var turn: UInt64 = 0
        var pace = Pace(perSecond: effort.isShort ? 2_000 : 20_000)
        while !effort.isOver {
            pace.wait()
            turn += 1
            try link.send(.meter(message(turn, member, testnet)))
            effort.count("messages")
            if turn.isMultiple(of: 64) { try link.connection.takeWaiting() }
        }
    }

    private func message(
        _ turn: UInt64, _ member: AttackMember, _ testnet: AttackedTestnet
    ) -> MeterMessage {
        let now = testnet.marketNow
        let spike: UInt64 = [0, 65_535, 1 << 31, 1 << 63, .max][Int(turn / 4 % 5)]
        let reading = MeterReading(
            meter: member.meter.address,
            time: isAbsurd && turn.isMultiple(of: 3) ? MarketTime(seconds: spike) : now,
            importRegister: WattHours(isAbsurd ? spike : turn), exportRegister: .zero,
            power: isAbsurd ? (turn.isMultiple(of: 2) ? .max : .min) : 1_000)
        let id = OfferID(UInt32(turn % 50) + 1)
        let command = DeliveryCommand(
            tradeID: id, direction: .import, energy: WattHours(isAbsurd ? spike : 20))
        switch turn % 4 {
        case 0: return .began(command, reading)
        case 1 where turn.isMultiple(of: 5):
            let receipt = MeterReceipt(
                tradeID: id, meter: member.meter.address, direction: .import,
                startRegister: WattHours(spike), endRegister: .zero, startTime: now, endTime: now)
            return .receipt(receipt.signed(by: member.meter, in: testnet.domain))
        case 2: return .refusal(id, reason: UntrustedText("the meter is tired"))
        case 3 where turn.isMultiple(of: 3): return .quartersWish(from: MarketTime(seconds: spike))
        default: return .reading(reading)
        }
    }

    /// Tells a household's own node such numbers, as whoever reaches its API does.
    private static func post(
        to testnet: AttackedTestnet, _ member: AttackMember, _ effort: AttackEffort
    ) {
        guard let node = try? testnet.node("h01"),
            let program = try? MemberProgram(member, at: node, in: testnet)
        else { return }
        let numbers = ["2147483647", "-2147483648", "17251", "1e400", "0.5", "\"1\"", "null"]
        var pace = Pace(perSecond: 20)
        var (turn, taken) = (0, 0)
        while !effort.isOver {
            pace.wait()
            turn += 1
            let number = JSON.number(numbers[turn % numbers.count])
            guard let answer = try? program.post("/api/v1/meter", ["powerWatts": number]) else {
                continue
            }
            effort.count("numbers posted")
            if answer.status < 400 { taken += 1 }
        }
        effort.claim("numbers that a meter took", taken == 0, "\(taken)", limit: "none")
    }
}

/// A member that passes on what the aggregator has given it unasked, and asks again and again, by having
/// nothing and by ordering.
struct TopUpRequests: MemberAttack {
    let number = "r19"
    let title = "tokens unasked, again and again"
    let members = 2
    let target = "aggregator"

    /// What a household is given once, and sold in a day at most, in base units (attack.toml).
    private static let given: UInt64 = 20_000_000
    private static let sold: UInt64 = 50_000_000

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let program = try testnet.program(at: "v1")
        let accomplice = try testnet.members.take().account.address
        let seller = try testnet.node(target).address
        var got: UInt64 = 0
        var pace = Pace(perSecond: 4)
        repeat {
            pace.wait()
            let balance = program.balance
            if balance > 0 {
                let all = TokenCall.transfer(to: accomplice, amount: TokenAmount(balance))
                if try program.perform(all, to: NativeContract.token) != nil { got += balance }
                effort.count("passed on")
            }
            let order = TokenCall.purchaseTokens(
                of: seller, amount: TokenAmount(20_000_000), reference: "again")
            _ = try? program.hand(in: [
                (NativeContract.token, order), (NativeContract.token, TokenCall.cancelPurchase()),
            ])
            effort.count("orders")
        } while !effort.isOver
        effort.claim(
            "tokens given and sold", got <= Self.given + Self.sold && got > 0,
            "\(TokenAmount(got).tokensText)",
            limit: "\(TokenAmount(Self.given + Self.sold).tokensText)")
    }
}
