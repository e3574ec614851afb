import Ledger
import Protocol
import Replica
import Simulation
import TestKit

/// Four validators, an aggregator, an exchange and two households, and a small real chain: one trade
/// that is paid for and waits for its delivery, and one open offer.
struct FuzzCommunity: Sendable {
    static let shared = make()

    static let validators = keys(0xa000, 4)
    static let aggregator = keys(0xb000, 1)[0]
    static let exchange = keys(0xb100, 1)[0]
    static let otherAggregator = keys(0xb200, 1)[0]
    /// Who sells, and who buys.
    static let households = keys(0xc000, 2)
    static let meters = keys(0xd000, 2)
    static let stranger = keys(0xe000, 1)[0]

    static let members = validators + households + [aggregator, exchange, otherAggregator]
    static let addresses = (members + meters + [stranger]).map(\.address) + [.zero]

    /// What a node begins from whose head is the last of ``blocks``.
    let stored: StoredChain
    /// The blocks so far, from height 1 on.
    let blocks: [FinalBlock]
    /// A checker that has seen them.
    let checker: LedgerChecker

    var domain: SigningDomain { stored.state.domain }

    private static func keys(_ first: UInt32, _ count: UInt32) -> [SimulatedKey] {
        (1...count).map { SimulatedKey(address: Address(reserved: first + $0)) }
    }

    private static var genesis: Genesis {
        let others: [Member] =
            validators.map { .fixture($0.address, .validator) } + [
                .fixture(exchange.address, .exchange), .fixture(aggregator.address, .aggregator),
                .fixture(otherAggregator.address, .aggregator),
                .fixture(households[0].address, .prosumer, meter: meters[0].address),
                .fixture(households[1].address, .consumer, meter: meters[1].address),
            ]
        return .fixture(
            chainID: 4_711, at: Timestamp(milliseconds: 1_780_000_000_000), rate: 60, fee: 10_000,
            others)
    }

    private static func make() -> FuzzCommunity {
        do {
            var chain = try TestChain(genesis, scheme: SimulatedScheme())
            let first = try StoredChain(genesis: genesis, scheme: SimulatedScheme())
            var checker = LedgerChecker(from: first.state)
            var blocks: [FinalBlock] = []
            for index in 0...history.count {
                let calls =
                    index < history.count
                    ? history[index] : [confirmation(after: chain.head, in: chain.state)]
                let transactions = try calls.map { try chain.transaction($0, to: $1, $2) }
                let execution = chain.block(
                    transactions, by: validators[blocks.count % 4].address)
                let certificate = chain.certificate(
                    of: execution.block, by: Array(validators[..<3]))
                let committed = CommittedBlock(
                    execution, certificate: certificate, decidedBy: chain.state.validators())
                guard execution.receipts.allSatisfy(\.succeeded),
                    execution.receipts.count == calls.count, checker.check(committed) == nil
                else { throw BadFixture() }
                chain.add(execution)
                blocks.append(committed.final)
            }
            let stored = StoredChain(
                genesisHash: first.genesisHash, head: blocks[blocks.count - 1],
                headDecidedBy: genesis.validators, state: chain.state, records: [],
                votingRight: .established)
            return FuzzCommunity(stored: stored, blocks: blocks, checker: checker)
        } catch {
            fatalError("the fuzzers' community contradicts itself: \(error)")
        }
    }

    /// The aggregator registers the payment of the trade that was picked, with the start of the buyer's
    /// meter.
    private static func confirmation(
        after head: Block, in state: LedgerState
    ) -> (SimulatedKey, Address, Bytes) {
        let now = state.parameters.marketClock.time(at: head.header.timestamp)
        let meter = state.member(households[1].address)?.meterKey ?? .zero
        let start = MeterReceipt(
            tradeID: OfferID(1), meter: meter, direction: .import, startRegister: .zero,
            endRegister: .zero, startTime: now, endTime: now
        ).signed(by: SimulatedKey(address: meter), in: state.domain)
        return (
            aggregator, NativeContract.market, MarketCall.confirmP2L(OfferID(1), start: start)
        )
    }

    /// The calls of each block but the last.
    private static var history: [[(SimulatedKey, Address, Bytes)]] {
        let (market, token) = (NativeContract.market, NativeContract.token)
        let sale = TokenCall.transfer(
            to: households[1].address, amount: TokenAmount(4_000_000))
        let mint = TokenCall.mint(
            to: aggregator.address, amount: TokenAmount(9_000_000), reference: "a")
        return [
            [
                (exchange, token, mint),
                (households[0], market, MarketCall.addOffer(energy: 500, price: 120_000)),
            ],
            [
                (aggregator, token, sale),
                (households[0], market, MarketCall.addOffer(energy: 50, price: 12_000)),
            ], [(households[1], market, MarketCall.pickOffer(OfferID(1)))],
        ]
    }
}
