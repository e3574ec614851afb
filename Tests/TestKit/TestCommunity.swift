package import Ledger
package import Protocol

/// A small community with everybody's keys, whose blocks are sealed as real ones are.
package struct TestCommunity: Sendable {
    package static let start = Timestamp(milliseconds: 1_780_000_000_000)

    package let validators: [PrivateKey]
    package let exchange: PrivateKey
    package let aggregator: PrivateKey
    package let seller: PrivateKey
    package let buyer: PrivateKey
    package let sellerMeter: PrivateKey
    package let buyerMeter: PrivateKey
    /// Not a member.
    package let stranger: PrivateKey
    package private(set) var chain: TestChain

    package init(chainID: UInt64 = 4_711, validators count: UInt8 = 4) throws {
        validators = try (1...count).map { try Self.key($0) }
        exchange = try Self.key(10)
        aggregator = try Self.key(11)
        seller = try Self.key(12)
        buyer = try Self.key(13)
        sellerMeter = try Self.key(22)
        buyerMeter = try Self.key(23)
        stranger = try Self.key(99)
        let members =
            validators.map { Member.fixture($0.address, .validator) } + [
                .fixture(exchange.address, .exchange), .fixture(aggregator.address, .aggregator),
                .fixture(seller.address, .prosumer, meter: sellerMeter.address),
                .fixture(buyer.address, .consumer, meter: buyerMeter.address),
            ]
        chain = try TestChain(
            .fixture(chainID: chainID, name: "Elm Community", at: Self.start, members),
            scheme: Secp256k1())
    }

    /// The same key for the same number.
    package static func key(_ number: UInt8) throws -> PrivateKey {
        let secret = Bytes(repeating: 0, count: 30) + [1, number]
        guard let key = PrivateKey(secret: secret) else { throw BadFixture() }
        return key
    }

    package var genesis: Genesis { chain.genesis }
    package var state: LedgerState { chain.state }
    package var head: Block { chain.head }

    /// The next block, of one call by each given sender, sealed by all validators.
    package mutating func block(
        after milliseconds: UInt64 = 1_000, _ calls: [(PrivateKey, Address, Bytes)] = []
    ) throws -> CommittedBlock {
        var nonces: [Address: UInt64] = [:]
        let transactions = try calls.map { sender, target, data in
            let nonce = nonces[sender.address] ?? state.account(sender.address).nonce
            nonces[sender.address] = nonce + 1
            return try chain.transaction(sender, to: target, data, nonce: nonce)
        }
        let execution = chain.block(
            transactions, by: validators[Int(head.number) % validators.count].address,
            at: head.header.timestamp.advanced(byMilliseconds: milliseconds))
        guard execution.receipts.count == calls.count else { throw BadFixture() }
        let committed = CommittedBlock(
            execution, certificate: chain.certificate(of: execution.block, by: validators),
            decidedBy: state.validators())
        chain.add(execution)
        return committed
    }

    /// The aggregator's proof that 500 Wh were delivered for trade `id` in the ten minutes from
    /// the head of a chain on, whose state is `state`.
    package func proof(
        of id: OfferID, from head: BlockHeader, in state: LedgerState
    ) -> Bytes {
        let start = state.parameters.marketClock.time(at: head.timestamp)
        func receipt(_ meter: PrivateKey, _ direction: FlowDirection) -> SignedMeterReceipt {
            MeterReceipt(
                tradeID: id, meter: meter.address, direction: direction,
                startRegister: WattHours(1_000), endRegister: WattHours(1_500), startTime: start,
                endTime: start.advanced(bySeconds: 600)
            ).signed(by: meter, in: state.domain)
        }
        return MarketCall.proofOfDelivery(
            id, seller: receipt(sellerMeter, .export), buyer: receipt(buyerMeter, .import))
    }

    /// The call that registers the payment of trade `id`, with a start that the buyer's meter signs at
    /// the head of a chain whose state is `state`.
    package func confirmation(
        of id: OfferID, from head: BlockHeader, in state: LedgerState
    ) -> Bytes {
        let now = state.parameters.marketClock.time(at: head.timestamp)
        let start = MeterReceipt(
            tradeID: id, meter: buyerMeter.address, direction: .import,
            startRegister: WattHours(1_000), endRegister: WattHours(1_000), startTime: now,
            endTime: now)
        return MarketCall.confirmP2L(id, start: start.signed(by: buyerMeter, in: state.domain))
    }

    /// The blocks of one whole trade, a failed transaction and an empty block: 7 blocks.
    package mutating func wholeTrade() throws -> [CommittedBlock] {
        let (market, token) = (NativeContract.market, NativeContract.token)
        let (id, tokens) = (OfferID(1), TokenAmount(9_000_000))
        let mint = TokenCall.mint(to: aggregator.address, amount: tokens, reference: "a")
        let sale = TokenCall.transfer(to: buyer.address, amount: TokenAmount(4_000_000))
        var blocks = [
            try block([
                (exchange, token, mint),
                (seller, market, MarketCall.addOffer(energy: 500, price: 120_000)),
            ])
        ]
        blocks.append(try block([(aggregator, token, sale)]))
        blocks.append(
            try block([
                (buyer, market, MarketCall.pickOffer(id)),
                (seller, market, MarketCall.pickOffer(id)),
            ]))
        let confirmation = confirmation(of: id, from: head.header, in: state)
        blocks.append(try block([(aggregator, market, confirmation)]))
        let proof = proof(of: id, from: head.header, in: state)
        blocks.append(try block(after: 700_000, [(aggregator, market, proof)]))
        blocks.append(try block([(aggregator, market, MarketCall.confirmL2P(id))]))
        blocks.append(try block())
        return blocks
    }
}
