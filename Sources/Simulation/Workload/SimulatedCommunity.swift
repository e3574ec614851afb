import Consensus
import Ledger
import Market
import Protocol
import Replica

/// The members of a simulated community and what its chain begins with.
struct SimulatedCommunity {
    let genesis: Genesis
    /// The chain as a directory without memory holds it.
    private(set) var chain: StoredChain
    let exchange: Address
    let aggregator: Address
    let prosumers: [Address]
    let consumers: [Address]
    /// The account of the member that means harm, if there is one.
    let hostile: Address?
    private let validators: [Address]
    private let others: [Address]
    /// What the others' nodes do in the community.
    private var parts: [Address: SimulatedPart] = [:]

    var domain: SigningDomain {
        SigningDomain(chainID: genesis.chainID, genesisHash: chain.genesisHash)
    }

    /// When simulations begin, in milliseconds since 1970.
    private static let origin: UInt64 = 1_750_000_000_000
    /// When the market's first day begins for them, at eight in the morning.
    private static let morning = origin / 1_000 / 86_400 * 86_400 + 8 * 3_600
    /// How many prosumers there are, and how many consumers.
    private static let households = 3
    /// How fast the market's clock is where trade is measured.
    static let measuredRate: UInt32 = 60
    /// What nodes know: the rules that were released, and others that come into force in the middle
    /// of a chain.
    static let rules: RuleBook = {
        var second = Rules()
        second.expirySearch = 3
        second.keptSeconds = 3_600
        return RuleBook([RuleVersion(1): Rules(), RuleVersion(2): second])
    }()

    /// A community of whose members the first `others` that are no validators have nodes. The rest
    /// are at work by hand, through others' nodes, and their meters never answer; a `crowd` of them
    /// does nothing but send, and a household more means harm, if it is said so: nothing but the offers'
    /// recipients stands in the way of its picks.
    ///
    /// - Parameter market: who trades instead, if that is measured; all of them have nodes.
    init(
        validators count: Int, others: Int, crowd crowdCount: Int = 0,
        market: SimulationRun.Market? = nil, hasHostile: Bool = false,
        generator: inout SeededGenerator
    ) {
        func address() -> Address {
            let bytes = (0..<3).flatMap { _ in generator.next().bigEndianBytes }
            return Address(bytes: bytes.prefix(20)) ?? .zero
        }
        // Places in the set follow addresses: nodes are numbered in the order of their turns.
        validators = (0..<count).map { _ in address() }.sorted()
        (exchange, aggregator) = (address(), address())
        prosumers = (0..<(market?.sellers ?? Self.households)).map { _ in address() }
        consumers = (0..<(market?.buyers ?? Self.households)).map { _ in address() }
        let owners = Self.owners(aggregator, exchange, prosumers, consumers)
        let observers = (0..<max(0, others - owners.count)).map { _ in address() }
        self.others = Array((owners + observers).prefix(others))
        // Where everybody has a node there may be nothing to trade, and no work to show that blocks come.
        let isIdle = market == nil && others >= owners.count
        let crowd = (0..<max(crowdCount, isIdle ? 1 : 0)).map { _ in address() }
        hostile = hasHostile ? address() : nil
        func member(_ account: Address, _ role: MemberRole) -> Member {
            let isHousehold = role == .prosumer || role == .consumer
            return Member(
                account: account, role: role, meterKey: isHousehold ? address() : .zero,
                ratedPower: Watts(isHousehold ? 10_000 : 0), certificateHash: .zero)
        }
        var members = validators.map { member($0, .validator) }
        members += [member(exchange, .exchange), member(aggregator, .aggregator)]
        members += prosumers.map { member($0, .prosumer) } + consumers.map { member($0, .consumer) }
        members += crowd.map { member($0, .observer) }
        if let hostile { members.append(member(hostile, .consumer)) }
        let start = Timestamp(milliseconds: Self.origin)
        genesis = Genesis(
            chainID: 1_337, name: "Simulated", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: Self.morning), ledgerOrigin: start,
                rate: market == nil ? 300 : Self.measuredRate),
            aggregatorFee: 10_000,
            rules: [
                RuleChange(from: 0, version: RuleVersion(1)),
                RuleChange(from: generator.next(in: 2...40), version: RuleVersion(2)),
            ], members: members)
        do {
            chain = try StoredChain(genesis: genesis, scheme: SimulatedScheme(), rules: Self.rules)
        } catch {
            fatalError("the simulated genesis is invalid: \(error)")
        }
        giveParts(&generator)
    }

    /// Lets an hour lie behind everybody in which a block came each second and held next to nothing:
    /// whoever is not favoured waits for the next one up to a second.
    mutating func spendHourOfBlocks() {
        let begin = genesis.timestamp.milliseconds - 1_000 * UInt64(BlockPace.remembered)
        chain.recentBlocks = (1...BlockPace.remembered).map { number in
            BlockMark(
                number: 1_000 + UInt64(number),
                time: Timestamp(milliseconds: begin + 1_000 * UInt64(number)), own: 800,
                transactions: 0)
        }
    }

    /// Gives the nodes of the others what they do in the community.
    private mutating func giveParts(_ generator: inout SeededGenerator) {
        for owner in others {
            if owner == aggregator { parts[owner] = .aggregator }
            if owner == exchange { parts[owner] = .exchange }
            guard let household = genesis.members.first(where: { $0.account == owner }),
                household.meterKey != .zero
            else { continue }
            let profile = HouseholdProfile(
                hasArray: household.role == .prosumer, generator: &generator)
            parts[owner] = .household(
                meter: SimulatedKey(address: household.meterKey), ProfileSource(profile))
        }
    }

    /// Who comes first to have a node: the aggregator, a prosumer and a consumer, the exchange, and then
    /// prosumers and consumers by turns.
    private static func owners(
        _ aggregator: Address, _ exchange: Address, _ prosumers: [Address], _ consumers: [Address]
    ) -> [Address] {
        let turns = (0..<max(prosumers.count, consumers.count)).flatMap {
            prosumers.dropFirst($0).prefix(1) + consumers.dropFirst($0).prefix(1)
        }
        return [aggregator] + turns.prefix(2) + [exchange] + turns.dropFirst(2)
    }

    /// The profiles of the households that have nodes.
    var profiles: [ProfileSource] {
        others.compactMap {
            if case .household(_, let profile)? = parts[$0] { profile } else { nil }
        }
    }

    /// The nodes: the validators, then the aggregator's, then households', then others'.
    func nodes() -> [SimulatedNode] {
        validators.map { node(of: $0, isValidator: true) }
            + others.map { node(of: $0, isValidator: false) }
    }

    private func node(of owner: Address, isValidator: Bool) -> SimulatedNode {
        let node = SimulatedNode(
            key: SimulatedKey(address: owner), isValidator: isValidator,
            store: SimulatedStore(genesis: chain))
        node.part = parts[owner]
        return node
    }

    /// Whether the member has a node of its own that plays its role.
    func hasRole(_ account: Address) -> Bool { parts[account] != nil }
}
