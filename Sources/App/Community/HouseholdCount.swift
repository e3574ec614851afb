import Ledger
import Protocol
import Synchronization

/// How many households a community has. Members are never removed and keep their roles, so only
/// those who came since are looked at.
final class HouseholdCount: Sendable {
    private let known = Mutex((members: UInt32(0), households: 0))

    func count(in state: LedgerState) -> Int {
        known.withLock { known in
            let total = state.memberCount
            guard total > known.members else { return known.households }
            let new = state.members(from: known.members, count: total - known.members)
            known.households += new.count { $0.role == .prosumer || $0.role == .consumer }
            known.members = total
            return known.households
        }
    }
}
