import Protocol

extension Offer {
    /// The offer's fields with its status, as EnergyMarket gives them.
    func values(status: TradeStatus) -> [ABIValue] {
        [
            .number(id.value), .address(seller), .number(energy.value), .number(price.baseUnits),
            .number(timeOffered.seconds), .number(expires.seconds),
            .number(status.rawValue), .address(recipient ?? .zero),
        ]
    }
}

extension Trade {
    /// The trade as EnergyMarket gives it at `time`.
    func value(at time: MarketTime) -> ABIValue {
        let steps = [offered, picked, paid, firstReceipt, delivered, closed].map { step in
            ABIValue.tuple([.number(step?.block ?? 0), .number(step?.time.seconds ?? 0)])
        }
        let amounts: [ABIValue] = [
            .number((exported ?? .zero).value), .number((imported ?? .zero).value),
            .number(deliveredEnergy.value), .number(sellerAmount.baseUnits),
            .number(fee.baseUnits), .number(returned.baseUnits), .number(burned.baseUnits),
        ]
        return .tuple(
            offer.values(status: status(at: time))
                + [.address(buyer ?? .zero), .address(aggregator ?? .zero)] + steps + amounts)
    }
}

extension SignedMeterReceipt {
    /// The receipt as an argument of a call.
    var value: ABIValue {
        .tuple([
            .number(receipt.tradeID.value), .address(receipt.meter),
            .number(receipt.direction.rawValue), .number(receipt.startRegister.value),
            .number(receipt.endRegister.value), .number(receipt.startTime.seconds),
            .number(receipt.endTime.seconds), .bytes(signature.bytes),
        ])
    }

    /// Reads the argument named `what` of a call.
    init(from arguments: inout ABIFields, _ what: String) throws(Revert) {
        var fields = try arguments.tuple(what)
        let tradeID = OfferID(try fields.number("trade id"))
        let meter = try fields.address("meter")
        let code: UInt8 = try fields.number("direction")
        guard let direction = FlowDirection(rawValue: code) else {
            throw Revert(
                "\(what)'s receipt: direction \(code) is neither 1 (import) nor 2 (export)")
        }
        let receipt = MeterReceipt(
            tradeID: tradeID, meter: meter, direction: direction,
            startRegister: try fields.quantity("start register"),
            endRegister: try fields.quantity("end register"),
            startTime: try fields.quantity("start time"),
            endTime: try fields.quantity("end time"))
        let bytes = try fields.bytes("signature")
        do throws(MalformedBytes) {
            self.init(receipt: receipt, signature: try Signature(bytes: bytes))
        } catch {
            throw Revert("\(what)'s receipt: \(error)")
        }
    }
}
