import Market
import Protocol
import Storage
import Synchronization

/// The owner's rules and what is noted of neighbours, as they are kept and as the role has them.
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
        state.withLock { $0.rules.applied(to: limits, neighbours: Array($0.neighbours.values)) }
    }

    /// Sets the rules, if those they change are still the ones of `seen`; whether they were.
    func set(_ rules: OwnerRules, seen: Timestamp?) async throws -> Bool {
        if let seen, seen != self.rules.changedAt { return false }
        try await store.set(rules)
        state.withLock { $0.rules = rules }
        _ = household.limit(to: effective)
        return true
    }

    /// Notes `neighbour`, in the place of what was noted of it. Where it and the others would be given more
    /// than all, nothing is noted, and it gives how much of the surplus is left for it, per mille.
    func set(_ neighbour: Neighbour) async throws -> UInt32? {
        // In memory first: of two at once the second sees what the first gives.
        let (left, before) = state.withLock { state -> (UInt32?, Neighbour?) in
            let before = state.neighbours[neighbour.address]
            let others = state.neighbours.values.filter { $0.address != neighbour.address }
            let left = 1_000 - min(others.reduce(0) { $0 + $1.giftPermille }, 1_000)
            guard neighbour.giftPermille <= left else { return (left, before) }
            state.neighbours[neighbour.address] = neighbour
            return (nil, before)
        }
        if let left { return left }
        do {
            try await store.set(neighbour)
        } catch {
            state.withLock { $0.neighbours[neighbour.address] = before }
            throw error
        }
        _ = household.limit(to: effective)
        return nil
    }
}
