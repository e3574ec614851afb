import Ledger
import Market
import Protocol

/// What a member keeps to itself of what its role would say and do for trades.
enum Silence: String, CaseIterable {
    /// A household answers nothing: no start, no receipt.
    case never
    /// It answers until its meter should sign what it took.
    case afterStart
    /// Its meter signs nothing of what it delivers.
    case ofSeller
    /// Its receipts say what cannot be, or next to nothing.
    case badReceipts
    /// The aggregator does nothing for a trade that is paid.
    case ofAggregator

    static let ofHouseholds: [Silence] = [.never, .afterStart, .ofSeller, .badReceipts]

    private static let example = SignedMeterReceipt(
        receipt: MeterReceipt(
            tradeID: OfferID(0), meter: .zero, direction: .import, startRegister: .zero,
            endRegister: .zero, startTime: .zero, endTime: .zero),
        signature: Signature(r: 1, s: 1, yParity: false))
    private static let start = MarketCall.confirmP2L(OfferID(0), start: example)
    private static let receipt = MarketCall.handInReceipt(OfferID(0), example)
    private static let proof = MarketCall.proofOfDelivery(
        OfferID(0), seller: example, buyer: example)

    /// Whether the call is never made.
    func keeps(_ data: Bytes) -> Bool {
        let calls =
            switch self {
            case .never: [Self.start, Self.receipt]
            case .afterStart, .ofSeller, .badReceipts: [Self.receipt]
            case .ofAggregator: [Self.proof]
            }
        return calls.contains { data.starts(with: $0.prefix(4)) }
    }

    /// What becomes of a message; nil if it is never sent.
    func passed(
        _ message: MeterMessage, in domain: SigningDomain, _ generator: inout SeededGenerator
    ) -> MeterMessage? {
        switch (self, message) {
        case (.never, .receipt), (.never, .began), (.ofAggregator, .begin), (.ofAggregator, .end):
            return nil
        case (.afterStart, .receipt(let signed)):
            return signed.receipt.isStart || signed.receipt.direction == .export ? message : nil
        case (.ofSeller, .receipt(let signed)):
            return signed.receipt.direction == .import ? message : nil
        case (.badReceipts, .receipt(let signed)):
            guard !signed.receipt.isStart else { return message }
            return .receipt(Self.altered(signed.receipt, in: domain, &generator))
        default: return message
        }
    }

    /// A receipt that the meter has signed all the same.
    private static func altered(
        _ receipt: MeterReceipt, in domain: SigningDomain, _ generator: inout SeededGenerator
    ) -> SignedMeterReceipt {
        var receipt = receipt
        let energy = receipt.endRegister.value - receipt.startRegister.value
        switch generator.index(below: 4) {
        case 0: receipt.endTime = receipt.endTime.advanced(bySeconds: 1_000_000)
        case 1: receipt.startTime = .zero
        case 2: receipt.endRegister = WattHours(receipt.endRegister.value + 1_000_000)
        default: receipt.endRegister = WattHours(receipt.startRegister.value + energy / 8)
        }
        return receipt.signed(by: SimulatedKey(address: receipt.meter), in: domain)
    }
}

extension World {
    /// What the role of `node` keeps to itself now.
    func silence(of node: Int) -> Silence? {
        guard case .faults = phase, let silence = nodes[node].silence, silence.until > time else {
            return nil
        }
        return silence.kind
    }

    /// A household keeps something to itself for a while, which is longer than a delivery window as
    /// often as not.
    mutating func silenceHousehold() {
        let households = presentNodes.filter {
            if case .household? = nodes[$0].part { true } else { false }
        }
        guard !households.isEmpty else { return }
        silence(generator.pick(households), generator.pick(Silence.ofHouseholds))
    }

    mutating func silenceAggregator() {
        let aggregator = presentNodes.first {
            if case .aggregator? = nodes[$0].part { true } else { false }
        }
        if let aggregator { silence(aggregator, .ofAggregator) }
    }

    private mutating func silence(_ node: Int, _ kind: Silence) {
        tell(
            .incident(
                kind == .ofAggregator ? .silentAggregator : .silentHousehold, nodes: [node]))
        counters.add("silence: \(kind.rawValue)")
        nodes[node].silence = (kind, time + generator.next(in: 2_000...30_000))
    }
}
