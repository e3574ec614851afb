import Ledger
import Market
import Protocol
import Storage

/// A node's role and where it writes down what it must not forget.
struct HostedRole: Sendable {
    /// Where a role's records go.
    enum Store: Sendable {
        case household(HouseholdStore)
        case aggregator(AggregatorStore)
        case none

        /// Writes `record` down, before anything that comes after.
        func store(_ record: RoleRecord) async throws(StorageError) {
            switch (self, record) {
            case (.household(let store), .household(let record)): try await store.store(record)
            case (.aggregator(let store), .aggregator(let record)): try await store.store(record)
            default: preconditionFailure("a role writes into its own store alone")
            }
        }
    }

    var role: any Role
    let store: Store
}

extension HostedRole {
    /// The role that `configuration` asks for; nil for a validator or an observer.
    ///
    /// Throws if a file that it needs cannot be read or opened.
    static func make(
        _ configuration: NodeConfiguration, secrets: NodeSecrets, head: BlockHeader,
        state: LedgerState, source: MeterSource?, at now: Timestamp
    ) throws -> HostedRole? {
        guard let key = secrets.account else { return nil }
        let identity = RoleIdentity(signer: key, head: head, state: state)
        switch configuration.role {
        case .validator, .observer: return nil
        case .exchange:
            let mint = configuration.exchange ?? Exchange.InitialMint()
            return HostedRole(role: Exchange(identity, initialMint: mint), store: .none)
        case .aggregator:
            guard let given = configuration.aggregator else { return nil }
            let store = try AggregatorStore(path: given.database)
            let role = Aggregator(
                identity, restoring: try store.memory(at: now), settings: given.settings)
            return HostedRole(role: role, store: .aggregator(store))
        case .household:
            guard let settings = configuration.household, let source, let meter = secrets.meter
            else {
                return nil
            }
            // The ledger may know the household by now, which its genesis did not.
            if let member = state.member(key.address) {
                _ = try configuration.meter?.openSource(connection: member.ratedPower)
            }
            let store = try HouseholdStore(path: configuration.dataDirectory + "/household.sqlite")
            let role = Household(
                identity, meterKey: meter, source: source,
                restoring: try store.memory(of: meter.address), settings: settings, at: now)
            return HostedRole(role: role, store: .household(store))
        }
    }
}

extension MeterConfiguration {
    /// Opens what the meter reads from, before anything is changed on disk: throws if the profile's
    /// file is missing, not what it should be, or needs more than `connection` carries; nil where
    /// nobody knows yet what that is.
    func openSource(connection: Watts?) throws -> MeterSource {
        switch source {
        case .manual: .manual(0)
        case .profile(let file, let household):
            .profile(
                ProfileSource(
                    try HouseholdProfile(
                        file: file, household: household, connection: connection)))
        }
    }
}
