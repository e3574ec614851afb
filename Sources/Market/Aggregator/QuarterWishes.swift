import Ledger
import Protocol

/// Households that ask what their community's quarters of an hour came to: each is answered once a second
/// at most.
struct QuarterWishes: Sendable {
    /// How long a household waits for its next answer, in milliseconds.
    static let pause: UInt64 = 1_000

    private var answered: [Address: Pause] = [:]

    /// Has `household` told what there is from `start` on.
    mutating func wished(
        from start: MarketTime, by household: Address, _ context: inout RoleContext
    ) {
        guard context.hasHousehold(household) else {
            return context.complain(
                .misplaced, of: household, at: .debug, "it is no household of this aggregator")
        }
        guard answered[household]?.isOver(at: context.now) ?? true else {
            return context.complain(
                .tooFast, of: household, at: .debug, "it asks for quarters of an hour all the time")
        }
        answered = answered.filter { !$0.value.isOver(at: context.now) }
        answered[household] = Pause(from: context.now, milliseconds: Self.pause)
        context.tell(.quarters(from: start), to: household)
    }
}
