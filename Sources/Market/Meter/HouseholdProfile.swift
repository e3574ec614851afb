package import Protocol

/// What one household consumes and generates, a quarter of an hour a slot.
package struct HouseholdProfile: Hashable, Sendable {
    /// One slot.
    package struct Slot: Hashable, Sendable {
        /// What the household consumed.
        package var consumed: WattHours
        /// What its solar array generated.
        package var generated: WattHours

        package init(consumed: WattHours, generated: WattHours) {
            self.consumed = consumed
            self.generated = generated
        }
    }

    /// How long a slot lasts, in seconds.
    package static let slotSeconds: UInt64 = 900

    /// When the first slot begins.
    package let start: MarketTime
    /// The slots, one after the other.
    package let slots: [Slot]

    /// The first slot whose net power a connection of `power` cannot carry: its number from 0, and
    /// that power; nil if it carries all.
    package func firstSlot(beyond power: Watts) -> (index: Int, watts: UInt64)? {
        for (index, slot) in slots.enumerated() {
            let (used, made) = (slot.consumed.value, slot.generated.value)
            let net = max(used, made) - min(used, made)
            let watts = net.multipliedSaturating(by: 3_600 / Self.slotSeconds)
            if watts > power.value { return (index, watts) }
        }
        return nil
    }

    /// A profile of `slots` from `start` on; there must be at least one.
    package init(start: MarketTime, slots: [Slot]) {
        precondition(!slots.isEmpty, "a profile has slots")
        self.start = start
        self.slots = slots
    }
}
