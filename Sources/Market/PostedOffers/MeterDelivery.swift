import Ledger
package import Protocol

/// A delivery that a household's meter takes part in.
package struct MeterDelivery: Hashable, Sendable {
    /// The trade.
    package let tradeID: OfferID
    /// Which register counts.
    package let direction: FlowDirection
    /// What the meter showed when delivery began.
    package let began: MeterReading
    /// What the meter signed when it ended; nil as long as it goes on.
    package var receipt: SignedMeterReceipt?
    /// Whether it is over without a receipt.
    package var isAbandoned = false

    package init(tradeID: OfferID, direction: FlowDirection, began: MeterReading) {
        self.tradeID = tradeID
        self.direction = direction
        self.began = began
    }

    /// Whether it goes on.
    package var isOpen: Bool { receipt == nil && !isAbandoned }

    /// Where delivery began, on the register that counts.
    var start: RegisterPoint {
        RegisterPoint(register: began.register(direction), time: began.time)
    }
}

extension MeterReading {
    func register(_ direction: FlowDirection) -> WattHours {
        direction == .import ? importRegister : exportRegister
    }
}
