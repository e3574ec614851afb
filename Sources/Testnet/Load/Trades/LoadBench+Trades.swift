import Client
import Console
import Ledger
import Node
import Protocol

// Whole trades.
extension LoadBench {
    /// Makes `count` trades, as many at a time as the settings say.
    mutating func makeTrades(
        _ count: Int, before: (Testnet) throws -> Void
    ) throws -> (outcome: LoadOutcome, times: TradeTimes) {
        let members = takeMembers(settings.membersOfRun)
        let pairs = stride(from: 0, to: members.count - 1, by: 2).map {
            TradePair(seller: members[$0], buyer: members[$0 + 1])
        }
        let driver = try TradeDriver(
            count, of: pairs, on: try chain(), at: places, timeout: settings.timeout,
            firstAddress: address)
        address += driver.addresses
        try before(testnet)
        let outcome = try driver.run()
        return (outcome, driver.times)
    }

    private func chain() throws -> TradeDriver.Chain {
        guard let validator = testnet.nodes(.validator).first,
            let aggregator = testnet.nodes(.aggregator).first
        else { throw CommandFailure(.failed, "it takes a validator and an aggregator") }
        let client = try testnet.client(validator)
        guard let hash = try client.block(0)?["hash"]?.hash else {
            throw CommandFailure(.failed, "\(validator.name) does not say its first block")
        }
        let genesis = try GenesisFile.read(testnet.directory.genesis)
        return TradeDriver.Chain(
            domain: SigningDomain(chainID: testnet.endpoints.chainId, genesisHash: hash),
            clock: genesis.marketClock, aggregator: try aggregator.key(),
            aggregatorNonce: try client.nonce(of: aggregator.address))
    }
}
