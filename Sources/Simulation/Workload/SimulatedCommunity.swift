import Ledger
import Protocol
import Replica

/// The members of a simulated community and what its chain begins with.
struct SimulatedCommunity {
    let genesis: Genesis
    /// The chain as a directory without memory holds it.
    let chain: StoredChain
    let exchange: Address
    let aggregator: Address
    let prosumers: [Address]
    let consumers: [Address]
    private let validators: [Address]
    private let others: [Address]

    var domain: SigningDomain {
        SigningDomain(chainID: genesis.chainID, genesisHash: chain.genesisHash)
    }

    /// When simulations begin, in milliseconds since 1970.
    private static let origin: UInt64 = 1_750_000_000_000
    /// How many prosumers there are, and how many consumers.
    private static let households = 3

    init(validators count: Int, others: Int, generator: inout SeededGenerator) {
        func address() -> Address {
            let bytes = (0..<3).flatMap { _ in generator.next().bigEndianBytes }
            return Address(bytes: bytes.prefix(20)) ?? .zero
        }
        // Places in the set follow addresses: nodes are numbered in the order of their turns.
        validators = (0..<count).map { _ in address() }.sorted()
        exchange = address()
        aggregator = address()
        prosumers = (0..<Self.households).map { _ in address() }
        consumers = (0..<Self.households).map { _ in address() }
        let owners = [aggregator] + prosumers + consumers + [exchange]
        let observers = (0..<max(0, others - owners.count)).map { _ in address() }
        self.others = Array((owners + observers).prefix(others))
        func member(_ account: Address, _ role: MemberRole) -> Member {
            let isHousehold = role == .prosumer || role == .consumer
            return Member(
                account: account, role: role, meterKey: isHousehold ? address() : .zero,
                ratedPower: Watts(isHousehold ? 10_000 : 0), certificateHash: .zero)
        }
        var members = validators.map { member($0, .validator) }
        members += [member(exchange, .exchange), member(aggregator, .aggregator)]
        members += prosumers.map { member($0, .prosumer) }
        members += consumers.map { member($0, .consumer) }
        let start = Timestamp(milliseconds: Self.origin)
        genesis = Genesis(
            chainID: 1_337, name: "Simulated", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: Self.origin / 1_000), ledgerOrigin: start, rate: 300),
            aggregatorFee: 10_000, members: members)
        do {
            chain = try StoredChain(genesis: genesis, scheme: SimulatedScheme())
        } catch {
            fatalError("the simulated genesis is invalid: \(error)")
        }
    }

    /// The nodes: the validators, then the aggregator's, then households', then others'.
    func nodes() -> [SimulatedNode] {
        validators.map { node(of: $0, isValidator: true) }
            + others.map { node(of: $0, isValidator: false) }
    }

    private func node(of owner: Address, isValidator: Bool) -> SimulatedNode {
        SimulatedNode(
            key: SimulatedKey(address: owner), isValidator: isValidator,
            store: SimulatedStore(genesis: chain))
    }
}
