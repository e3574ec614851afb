import Logging
import Protocol

extension RunningRole {
    /// The roles that do something besides holding the ledger.
    enum Kind: Sendable {
        case exchange(Exchange)
        case aggregator(Aggregator)
        case household(Household)

        /// The role as the loop drives it.
        var role: any RoleService {
            switch self {
            case .exchange(let exchange): exchange
            case .aggregator(let aggregator): aggregator
            case .household(let household): household
            }
        }
    }

    /// The role that `configuration` asks for; nil for a validator or an observer.
    ///
    /// Throws if a file that it needs cannot be read or opened.
    static func make(
        _ configuration: NodeConfiguration, secrets: NodeSecrets, dependencies: Dependencies,
        meterSource: (any MeterSource)?
    ) throws -> RunningRole? {
        guard let key = secrets.account else { return nil }
        let port = RoleServices(account: key.address, dependencies: dependencies)
        let submitter = TransactionSubmitter(
            signer: key, chainID: dependencies.store.genesis.chainID, port: port)
        let services = port.submitting(through: submitter)
        let maker = Maker(
            configuration: configuration, services: services, logger: dependencies.logger)
        guard let kind = try maker.kind(meterKey: secrets.meter, meterSource) else { return nil }
        return RunningRole(kind: kind, loop: RoleLoop(kind.role), submitter: submitter)
    }
}

/// Makes roles from what their owners configured.
private struct Maker {
    let configuration: NodeConfiguration
    let services: RoleServices
    let logger: Logger

    func kind(meterKey: PrivateKey?, _ source: (any MeterSource)?) throws -> RunningRole.Kind? {
        switch configuration.role {
        case .validator, .observer: nil
        case .exchange: exchange()
        case .aggregator: try aggregator()
        case .household: try household(meterKey: meterKey, source)
        }
    }

    private func exchange() -> RunningRole.Kind {
        let settings = configuration.exchange ?? ExchangeConfiguration()
        let mint =
            settings.initialTokens == .zero
            ? nil
            : Exchange.InitialMint(
                aggregator: settings.aggregator, amount: settings.initialTokens,
                reference: settings.paymentReference)
        return .exchange(Exchange(services: services, initialMint: mint, logger: logger))
    }

    private func aggregator() throws -> RunningRole.Kind? {
        guard let given = configuration.aggregator else { return nil }
        var settings = AggregatorSettings()
        settings.deliverySeconds = given.deliverySeconds
        settings.readingsKept = given.readingsKeptHours * 3_600_000
        settings.purchaseLimit = given.purchaseLimit
        if given.topUpTokens > .zero {
            settings.topUp = .init(below: given.topUpBelow, amount: given.topUpTokens)
        }
        return .aggregator(
            Aggregator(
                services: services, store: try AggregatorStore(path: given.database),
                settings: settings, logger: logger))
    }

    private func household(
        meterKey: PrivateKey?, _ source: (any MeterSource)?
    ) throws -> RunningRole.Kind? {
        guard let given = configuration.household, let source, let meterKey else { return nil }
        return .household(
            Household(
                services: services, meterKey: meterKey, source: source,
                store: try HouseholdStore(
                    path: configuration.dataDirectory + "/household.sqlite"),
                settings: HouseholdSettings(
                    aggregator: given.aggregator, limits: TraderLimits(given.trader)),
                logger: logger))
    }
}

/// Opens what a meter reads from, before anything is changed on disk.
enum MeterSources {
    /// Throws if the profile's file is missing or not what it should be.
    static func open(_ meter: MeterConfiguration) throws -> any MeterSource {
        switch meter.source {
        case .manual:
            ManualSource()
        case .profile(let file, let household):
            ProfileSource(try HouseholdProfile(file: file, household: household))
        }
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
