import Protocol

extension StateOverlay {
    /// Adds `member` and everything by which it is found. It must have passed every check. A household
    /// belongs to `aggregator`.
    mutating func register(_ member: Member, by aggregator: Address?) {
        if member.role.isHousehold, let aggregator {
            set(.aggregator(of: member.account), aggregator.bytes)
        }
        var counters = counters
        set(.memberNumber(counters.members), member.account.bytes)
        counters.members += 1
        set(.counters, counters)
        set(.member(member.account), member)
        if member.meterKey != .zero {
            set(.meter(member.meterKey), Meter(owner: member.account))
        }
        if member.certificateHash != .zero {
            set(.certificate(member.certificateHash), member.account.bytes)
        }
    }
}
