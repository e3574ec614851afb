import Protocol

extension StateOverlay {
    /// Adds `member` and everything by which it is found. It must have passed every check.
    mutating func register(_ member: Member) {
        var counters = counters
        set(.memberNumber(counters.members), member.account.bytes)
        counters.members += 1
        set(.counters, counters)
        set(.member(member.account), member)
        if member.meterKey != .zero {
            let meter = Meter(
                owner: member.account, claimedImport: .zero, claimedExport: .zero)
            set(.meter(member.meterKey), meter)
        }
        if member.certificateHash != .zero {
            set(.certificate(member.certificateHash), member.account.bytes)
        }
    }
}
