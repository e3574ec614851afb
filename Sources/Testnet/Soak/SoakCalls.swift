import Simulation
import Ledger
import Protocol
import Synchronization

/// Offers of the soak's clients that another client may pick.
final class SoakMarket: Sendable {
    private let offers = Mutex<[(id: OfferID, seller: Address)]>([])

    /// Leaves `seller`'s offer `id` to whoever takes it.
    func add(_ id: OfferID, by seller: Address) { offers.withLock { $0.append((id, seller)) } }

    /// Takes an offer that is not `buyer`'s own; nil if there is none.
    func take(for buyer: Address) -> OfferID? {
        offers.withLock { offers in
            offers.firstIndex { $0.seller != buyer }.map { offers.remove(at: $0).id }
        }
    }
}

/// What a client calls: mostly transfers to other clients; now and then it offers energy, takes an
/// offer back, picks another client's, and asks for its money when nothing was delivered, since
/// clients have no meters.
struct SoakCalls: Sendable {
    struct Call {
        let name: String
        let contract: Address
        let data: Bytes
        /// Whether the ledger has no reason to revert it.
        let mustSucceed: Bool
    }

    /// More than any household's trader pays for a kilowatt-hour, so that only clients pick.
    private static let price: UInt32 = 1_000_000
    private static let energy: UInt32 = 1_000
    /// When a trade without delivery is past its deadline for sure, in seconds.
    private let refundAfter: Double
    private let account: Address
    private let others: [Address]
    private var generator: SeededGenerator
    private var offer: OfferID?
    private var picks: [(id: OfferID, at: Double)] = []
    private var hasPicked = false

    /// Calls of `account` drawn from `seed`, that transfer to `others`.
    init(seed: UInt64, account: Address, others: [Address], refundAfter: Double) {
        generator = SeededGenerator(seed: seed)
        self.account = account
        self.others = others
        self.refundAfter = refundAfter
    }

    mutating func next(at now: Double, _ market: SoakMarket) -> Call {
        switch Int.random(in: 0..<40, using: &generator) {
        case 0, 1:
            if let offer {
                self.offer = nil
                return call("cancelOffer", MarketCall.cancelOffer(offer))
            }
            return call("addOffer", MarketCall.addOffer(energy: Self.energy, price: Self.price))
        case 2:
            if let id = market.take(for: account) {
                // Its pick is released, as no meter of its own signs a start, and then it picks nothing for
                // a while.
                let isFirst = !hasPicked
                hasPicked = true
                picks.append((id, now))
                return call("pickOffer", MarketCall.pickOffer(id), mustSucceed: isFirst)
            }
        case 3:
            if let pick = picks.first, now - pick.at > refundAfter {
                picks.removeFirst()
                // The aggregator may have done so before.
                return call("refund", MarketCall.refund(pick.id), mustSucceed: false)
            }
        default: break
        }
        let amount = TokenAmount(UInt64.random(in: 1...100, using: &generator))
        let receiver = others.randomElement(using: &generator) ?? .zero
        return Call(
            name: "transfer", contract: NativeContract.token,
            data: TokenCall.transfer(to: receiver, amount: amount), mustSucceed: true)
    }

    /// The offer `id` stands: every other one is left to other clients.
    mutating func offered(_ id: OfferID, _ market: SoakMarket) {
        if Bool.random(using: &generator) { market.add(id, by: account) } else { offer = id }
    }

    private func call(_ name: String, _ data: Bytes, mustSucceed: Bool = true) -> Call {
        Call(name: name, contract: NativeContract.market, data: data, mustSucceed: mustSucceed)
    }
}
