import API
import Ledger
import Protocol
import Storage

// Since when a household is suspended.
extension HouseholdService {
    /// How many blocks back the suspension is looked for.
    private static let searchedBlocks: UInt64 = 5_000

    /// The block that suspended the household of `view`, and its time; null if it is not suspended, or
    /// was long ago.
    func suspendedSince(_ view: HouseholdView) async throws -> JSON {
        guard view.node.state.member(view.account)?.isSuspended == true else { return .null }
        let event = CommunityEvent.memberSuspended(account: view.account).log
        let first = view.node.height - min(view.node.height, Self.searchedBlocks)
        guard let log = try await store.newestLog(like: event, since: first) else { return .null }
        return ["block": .number(log.blockNumber), "time": .time(log.blockTime)]
    }
}
