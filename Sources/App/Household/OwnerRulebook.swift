import Market
import Protocol
import Storage
import Synchronization

/// The owner's rules and the neighbours' names, as they are kept and as the role has them.
final class OwnerRulebook: Sendable {
    private struct State {
        var rules: OwnerRules
        var neighbours: [Address: Neighbour]
    }

    private let store: AppStore
    private let household: any RoleAccess
    /// The limits of the node's file, for what the rules say nothing of.
    private let limits: TraderLimits
    private let state: Mutex<State>

    /// What `store` holds; without rules of its own, those in `limits`. Blocks the calling thread.
    init(
        store: AppStore, household: any RoleAccess, limits: TraderLimits
    ) throws(StorageError) {
        self.store = store
        self.household = household
        self.limits = limits
        let neighbours = try store.neighbours().map { ($0.address, $0) }
        state = Mutex(
            State(
                rules: try store.rules() ?? OwnerRules(limits),
                neighbours: Dictionary(neighbours, uniquingKeysWith: { $1 })))
    }

    var rules: OwnerRules { state.withLock { $0.rules } }
    var neighbours: [Address: Neighbour] { state.withLock { $0.neighbours } }

    /// The limits within which the role is to act.
    var effective: TraderLimits {
        state.withLock { state in
            let favourites = state.neighbours.values.filter(\.isFavourite).map(\.address)
            return state.rules.applied(to: limits, favourites: Set(favourites))
        }
    }

    /// Sets the rules, if those they change are still the ones of `seen`; whether they were.
    func set(_ rules: OwnerRules, seen: Timestamp?) async throws -> Bool {
        if let seen, seen != self.rules.changedAt { return false }
        try await store.set(rules)
        state.withLock { $0.rules = rules }
        _ = household.limit(to: effective)
        return true
    }

    /// Notes what the household calls a neighbour.
    func set(_ neighbour: Neighbour) async throws {
        try await store.set(neighbour)
        state.withLock { $0.neighbours[neighbour.address] = neighbour }
        _ = household.limit(to: effective)
    }
}
