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
            let settings = configuration.exchange ?? ExchangeConfiguration()
            return HostedRole(role: Exchange(identity, initialMint: settings.mint), store: .none)
        case .aggregator:
            guard let given = configuration.aggregator else { return nil }
            let store = try AggregatorStore(path: given.database)
            let role = Aggregator(
                identity, restoring: try store.memory(at: now), settings: given.settings)
            return HostedRole(role: role, store: .aggregator(store))
        case .household:
            guard let given = configuration.household, let source, let meter = secrets.meter else {
                return nil
            }
            let store = try HouseholdStore(
                path: configuration.dataDirectory + "/household.sqlite")
            let role = Household(
                identity, meterKey: meter, source: source,
                restoring: try store.memory(of: meter.address), settings: given.settings, at: now)
            return HostedRole(role: role, store: .household(store))
        }
    }
}

extension ExchangeConfiguration {
    fileprivate var mint: Exchange.InitialMint? {
        guard initialTokens > .zero else { return nil }
        return Exchange.InitialMint(
            aggregator: aggregator, amount: initialTokens, reference: paymentReference)
    }
}

extension AggregatorConfiguration {
    fileprivate var settings: AggregatorSettings {
        var settings = AggregatorSettings()
        settings.deliverySeconds = deliverySeconds
        settings.readingsKept = readingsKeptHours * 3_600_000
        settings.purchaseLimit = purchaseLimit
        if topUpTokens > .zero {
            settings.topUp = .init(below: topUpBelow, amount: topUpTokens)
        }
        return settings
    }
}

extension HouseholdConfiguration {
    fileprivate var settings: HouseholdSettings {
        var settings = HouseholdSettings()
        settings.aggregator = aggregator
        settings.limits = TraderLimits(trader)
        return settings
    }
}

extension TraderLimits {
    fileprivate init(_ configuration: TraderConfiguration) {
        self.init()
        isEnabled = configuration.isEnabled
        lowestSalePrice = configuration.lowestSalePrice
        highestSalePrice = configuration.highestSalePrice
        highestPurchasePrice = configuration.highestPurchasePrice
        lot = configuration.lot
        mostOpenOffers = configuration.mostOpenOffers
        mostOpenSales = configuration.mostOpenSales
        mostTokensPerDay = configuration.mostTokensPerDay
        offerSeconds = configuration.offerSeconds
    }
}

extension MeterConfiguration {
    /// Opens what the meter reads from, before anything is changed on disk: throws if the profile's
    /// file is missing or not what it should be.
    func openSource() throws -> MeterSource {
        switch source {
        case .manual: .manual(0)
        case .profile(let file, let household):
            .profile(ProfileSource(try HouseholdProfile(file: file, household: household)))
        }
    }
}
