import Protocol

extension BlockExecutor {
    /// Checks one meter's receipt in full, moves the meter's claimed register forward, and gives
    /// the energy between the receipt's registers. `who` names the household in errors.
    mutating func accept(
        _ signed: SignedMeterReceipt, for trade: Trade, of household: Address,
        _ direction: FlowDirection, _ who: String
    ) throws(Revert) -> WattHours {
        let receipt = signed.receipt
        do throws(Revert) {
            let member = try registered(household)
            try checkSubject(receipt, trade: trade, member: member, direction)
            try checkTimes(receipt, trade: trade)
            let energy = try energy(between: receipt, ratedPower: member.ratedPower)
            guard var meter = overlay.meter(receipt.meter) else {
                throw Revert("meter \(receipt.meter) is not registered")
            }
            try checkClaim(receipt, meter: meter)
            try checkSignature(signed)
            meter.claim(direction, upTo: receipt.endRegister)
            overlay.set(.meter(receipt.meter), meter)
            return energy
        } catch {
            throw Revert("\(who)'s receipt: \(error.reason)")
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

    /// The registers' difference; throws if they run backwards, or faster than the connection can
    /// carry. A register shows whole watt-hours, so one of them may be due to rounding.
    private func energy(
        between receipt: MeterReceipt, ratedPower: Watts
    ) throws(Revert) -> WattHours {
        let start = receipt.startRegister.value
        let end = receipt.endRegister.value
        guard start <= end else {
            throw Revert("the register runs backwards from \(start) Wh to \(end) Wh")
        }
        let seconds = receipt.endTime.seconds - receipt.startTime.seconds
        let certain = WattHours(end - start - min(1, end - start))
        guard certain.canFlow(at: ratedPower, seconds: seconds) else {
            throw Revert(
                "\(end - start) Wh in \(seconds) s is more than a connection of "
                    + "\(ratedPower.value) W can carry")
        }
        return WattHours(end - start)
    }

    private func checkClaim(_ receipt: MeterReceipt, meter: Meter) throws(Revert) {
        let claimed = meter.claimed(receipt.direction)
        guard receipt.startRegister >= claimed else {
            throw Revert(
                "it starts at register \(receipt.startRegister.value) Wh, but up to "
                    + "\(claimed.value) Wh is already claimed")
        }
    }

    private func checkSignature(_ signed: SignedMeterReceipt) throws(Revert) {
        let digest = signed.receipt.digest(in: chain.domain)
        guard chain.scheme.signer(of: signed.signature, over: digest) == signed.receipt.meter
        else { throw Revert("it is not signed by meter \(signed.receipt.meter)") }
    }
}
