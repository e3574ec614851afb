import Ledger
import Protocol

/// In which order deliveries through the same register are proved. The ledger moves a register's
/// claimed part forward with each proof, so an earlier delivery's proof would come too late after
/// a later one's.
struct ProofSchedule: Sendable {
    /// When deliveries end.
    let plan: DeliveryPlan
    /// Each meter's latest reading.
    let latest: [Address: MeterReading]
    /// After how many failed attempts a trade no longer holds up others.
    static let timeout: UInt64 = 3

    /// Whether the proof of `progress` should wait at `now` for one of `others`, which are paid.
    ///
    /// It waits for earlier deliveries as long as these are within their time, and for one whose
    /// other side cannot be heard, as long as it may come back: else what the first has delivered
    /// would never be paid. One that is over its time because a side delivers nothing holds up
    /// nobody; nor does anyone wait so long that the own proof comes too late.
    func holdsUp(
        _ progress: TradeProgress, among others: some Sequence<TradeProgress>, at now: MarketTime
    ) -> Bool {
        guard now < plan.lastEnd(of: progress) else { return false }
        return others.contains { other in
            other.id != progress.id && precedes(other, progress) && isWithinItsTime(other, at: now)
        }
    }

    private func precedes(_ first: TradeProgress, _ second: TradeProgress) -> Bool {
        [\TradeProgress.seller, \TradeProgress.buyer].contains { path in
            [\TradeProgress.seller, \TradeProgress.buyer].contains { otherPath in
                let left = first[keyPath: path]
                let right = second[keyPath: otherPath]
                guard left.meter == right.meter, left.direction == right.direction,
                    let start = left.startRegister, let later = right.startRegister
                else { return false }
                return start < later || start == later && first.id < second.id
            }
        }
    }

    private func isWithinItsTime(_ progress: TradeProgress, at now: MarketTime) -> Bool {
        guard progress.failures < Self.timeout else { return false }
        if progress.seller.receipt != nil, progress.buyer.receipt != nil {
            return progress.seller.delivered(nil) > .zero && progress.buyer.delivered(nil) > .zero
        }
        let starts = [progress.seller.startTime, progress.buyer.startTime].compactMap { $0 }
        guard let begin = starts.max() else { return false }
        // The readings of the last second may still be on their way.
        let end = begin.advanced(bySeconds: plan.deliverySeconds)
        if now < end.advanced(bySeconds: plan.grace) { return true }
        return awaitsLostSide(progress, at: now) && now < plan.lastEnd(of: progress)
    }

    /// Whether one side has delivered, and the other began and is not known to deliver nothing: it
    /// is not heard any more, or its receipt is on the way.
    private func awaitsLostSide(_ progress: TradeProgress, at now: MarketTime) -> Bool {
        let sides = [progress.seller, progress.buyer]
        let hasDelivered = sides.contains { $0.receipt != nil && $0.delivered(nil) > .zero }
        return hasDelivered
            && sides.contains { side in
                guard side.receipt == nil, side.began != nil else { return false }
                guard let reading = latest[side.meter] else { return true }
                let isSilent = reading.time.advanced(bySeconds: plan.grace) < now
                return isSilent || side.delivered(reading) > .zero
            }
    }

    /// Whether a register of `progress` has been proved beyond its start already, in `state`: the
    /// ledger would refuse the proof.
    static func isOvertaken(_ progress: TradeProgress, in state: LedgerState) -> Bool {
        [progress.seller, progress.buyer].contains { side in
            guard let start = side.startRegister, let meter = state.meter(side.meter) else {
                return false
            }
            return start < meter.claimed(side.direction)
        }
    }
}

extension DeliverySide {
    /// The register when delivery began; nil before.
    var startRegister: WattHours? {
        receipt?.receipt.startRegister ?? began?.register(direction)
    }

    /// When delivery began; nil before.
    var startTime: MarketTime? { receipt?.receipt.startTime ?? began?.time }
}
