import Protocol

extension BlockExecutor {
    /// Checks one meter's receipt in full, claims its stretch of the meter's register, and gives the
    /// energy in it. `who` names the household in errors.
    mutating func accept(
        _ signed: SignedMeterReceipt, for trade: Trade, of household: Address,
        _ direction: FlowDirection, _ who: String
    ) throws(Revert) -> WattHours {
        let receipt = signed.receipt
        do throws(Revert) {
            let member = try registered(household)
            try checkSubject(receipt, trade: trade, member: member, direction)
            try checkTimes(receipt, trade: trade)
            guard !receipt.isStart else { throw Revert("it is a start, which shows no delivery") }
            let stretch = try stretch(of: receipt, ratedPower: member.ratedPower)
            try claim(stretch, of: member, direction)
            try checkSignature(signed)
            return stretch.energy
        } catch {
            throw Revert("\(who)'s receipt: \(error.reason)")
        }
    }

    /// Claims a stretch of a meter's register. Nothing is claimed where nothing flowed: its time is
    /// there for other trades.
    private mutating func claim(
        _ stretch: RegisterStretch, of member: Member, _ direction: FlowDirection
    ) throws(Revert) {
        guard var meter = overlay.meter(member.meterKey) else {
            throw Revert("meter \(member.meterKey) is not registered")
        }
        guard stretch.energy > .zero else { return }
        try meter.update(direction) { claims throws(Revert) in
            try claims.claim(stretch, at: member.ratedPower)
            claims.close(before: earliestStart, keeping: rules.claimedStretches)
        }
        overlay.set(.meter(member.meterKey), meter)
    }

    /// Throws unless the buyer's meter has signed, since the pick and not long ago, that it is there.
    func check(start signed: SignedMeterReceipt, of trade: Trade) throws(Revert) {
        let receipt = signed.receipt
        do throws(Revert) {
            let member = try registered(trade.buyer ?? .zero)
            try checkSubject(receipt, trade: trade, member: member, .import)
            guard receipt.isStart else { throw Revert("it is a receipt over energy or time") }
            let picked = (trade.picked ?? step).time
            let oldest = time.seconds - min(answerTimes.receipt, time.seconds)
            let earliest = max(picked, MarketTime(seconds: oldest))
            guard receipt.startTime >= earliest else {
                throw Revert(
                    "it is of \(receipt.startTime.seconds), before \(earliest.seconds): sign a new one"
                )
            }
            // Its clock may be ahead.
            guard receipt.startTime <= time.advanced(bySeconds: answerTimes.receipt) else {
                throw Revert(
                    "it is of \(receipt.startTime.seconds), after now, \(time.seconds)")
            }
            try checkSignature(signed)
        } catch {
            throw Revert("the buyer's start: \(error.reason)")
        }
    }

    private func checkSubject(
        _ receipt: MeterReceipt, trade: Trade, member: Member, _ direction: FlowDirection
    ) throws(Revert) {
        guard receipt.tradeID == trade.offer.id else {
            throw Revert(
                "it is for trade \(receipt.tradeID.value), not for \(trade.offer.id.value)")
        }
        guard receipt.meter == member.meterKey else {
            throw Revert(
                "meter \(receipt.meter) is not \(member.account)'s, which is \(member.meterKey)")
        }
        guard receipt.direction == direction else {
            throw Revert("it is of \(receipt.direction), not of \(direction)")
        }
    }

    /// Delivery lies between the confirmation of the payment and now, which is within the window.
    private func checkTimes(_ receipt: MeterReceipt, trade: Trade) throws(Revert) {
        let start = receipt.startTime
        let end = receipt.endTime
        let paid = (trade.paid ?? step).time
        guard start <= end else {
            throw Revert("it ends at \(end.seconds), before it starts at \(start.seconds)")
        }
        guard start >= paid else {
            throw Revert("it starts at \(start.seconds), before the payment at \(paid.seconds)")
        }
        guard end <= time else {
            throw Revert("it ends at \(end.seconds), after now, \(time.seconds)")
        }
    }

    /// Before this no receipt can begin that is handed in from now on: it begins after the payment, and
    /// comes within the window, or a little later.
    private var earliestStart: MarketTime {
        let longest = parameters.deliveryWindow.addingSaturating(answerTimes.receipt)
        return MarketTime(seconds: time.seconds - min(longest, time.seconds))
    }

    /// What the receipt is over; throws if the register runs backwards in it, or faster than the
    /// connection can carry.
    private func stretch(
        of receipt: MeterReceipt, ratedPower: Watts
    ) throws(Revert) -> RegisterStretch {
        let start = receipt.startRegister.value
        let end = receipt.endRegister.value
        guard start <= end else {
            throw Revert("the register runs backwards from \(start) Wh to \(end) Wh")
        }
        let stretch = RegisterStretch(
            start: RegisterPoint(register: receipt.startRegister, time: receipt.startTime),
            end: RegisterPoint(register: receipt.endRegister, time: receipt.endTime))
        guard stretch.start.canLead(to: stretch.end, at: ratedPower) else {
            throw Revert(
                "\(end - start) Wh in \(receipt.endTime.seconds - receipt.startTime.seconds) s is "
                    + "more than a connection of \(ratedPower.value) W can carry")
        }
        return stretch
    }

    private func checkSignature(_ signed: SignedMeterReceipt) throws(Revert) {
        let digest = signed.receipt.digest(in: chain.domain)
        guard chain.scheme.signer(of: signed.signature, over: digest) == signed.receipt.meter
        else { throw Revert("it is not signed by meter \(signed.receipt.meter)") }
    }
}
