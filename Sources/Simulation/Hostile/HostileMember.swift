import Ledger
import Protocol
import Replica

/// What an ordinary member does to harm the others, with a program of its own and no vote.
package enum Harm: String, Hashable, CaseIterable, Sendable {
    /// Passes on transactions whose predecessors do not exist.
    case gappedTransactions
    /// Passes on transactions with good signatures of accounts that nobody knows.
    case strangersTransactions
    /// Fills pools with its own transactions, each of which a block could take.
    case fullPools
    /// Announces transactions that are not there, and those of others, and gives none.
    case falseAnnouncements
    /// Asks for the same blocks and transactions again and again.
    case requestFlood
    /// Hands over blocks that are none: its own under old seals, dated back, genuine headers with other
    /// bodies.
    case falseBlocks
    /// Shows heads that are not there.
    case falseHeads
    /// Gives whoever asks for blocks one at a time, each just in time.
    case drops
    /// Picks what is offered to others alone, for nothing if there is such.
    case greedyPicks
    /// Sends one small transaction after the other, each for a block of its own.
    case trickle
}

/// A member that means harm: beside an honest node's program it says what serves it.
struct HostileMember {
    /// Its node.
    let node: Int
    /// Its account, which does nothing else.
    let key: SimulatedKey
    let harms: [Harm]
    private var sent: UInt32 = 0

    init(node: Int, account: Address, harms: [Harm]) {
        self.node = node
        self.harms = harms
        key = SimulatedKey(address: account)
    }

    /// What it says now, judging by its own `replica`.
    mutating func speak(
        by replica: ReplicaState, generator: inout SeededGenerator
    ) -> (harm: Harm, messages: [ReplicaMessage])? {
        let harms = harms.filter { $0 != .drops }
        guard !harms.isEmpty else { return nil }
        let harm = generator.pick(harms)
        return (harm, messages(harm, by: replica, generator: &generator))
    }

    private mutating func messages(
        _ harm: Harm, by replica: ReplicaState, generator: inout SeededGenerator
    ) -> [ReplicaMessage] {
        let nonce = replica.state.account(key.address).nonce
        switch harm {
        case .gappedTransactions:
            return [.transactions(transactions(40, of: key, from: nonce + 2, by: replica))]
        case .strangersTransactions:
            let strangers = (0..<20).map { _ in SimulatedKey(address: .drawn(&generator)) }
            return [
                .transactions(
                    strangers.flatMap { transactions(1, of: $0, from: 0, by: replica) })
            ]
        case .fullPools:
            return [.transactions(transactions(30, of: key, from: nonce, by: replica))]
        case .falseAnnouncements:
            let waiting = replica.pool.candidates(atMost: Limits.announcedTransactions)
            let count = generator.pick([1, 50, Limits.announcedTransactions])
            return [
                .transactionsAnnounced((0..<count).map { _ in Hash32.drawn(&generator) }),
                .transactionsAnnounced(waiting.map(\.hash)),
            ]
        case .requestFlood: return requests(to: replica, generator: &generator)
        case .falseBlocks: return [.finalBlock(falseBlock(by: replica, generator: &generator))]
        case .falseHeads:
            let head = ChainHead(
                height: replica.head.block.number
                    + generator.pick([1, 2, 1_000, UInt64.max / 2]),
                hash: .drawn(&generator))
            let certificate = replica.head.certificate
            return [.head(CertifiedHead(head: head, certificate: certificate))]
        case .drops: return []
        case .greedyPicks:
            let picks = greedyPicks(from: nonce, by: replica)
            return picks.isEmpty ? [] : [.transactions(picks)]
        case .trickle: return [.transactions(transactions(1, of: key, from: nonce, by: replica))]
        }
    }

    /// Picks of the newest offers that name somebody else, each one that a block takes, and refuses.
    private func greedyPicks(
        from nonce: UInt64, by replica: ReplicaState
    ) -> [VerifiedTransaction] {
        let state = replica.state
        let next = state.nextOfferID?.value ?? .max
        let offers = state.openOffers(
            from: OfferID(next - min(next, 24)), count: 24,
            at: state.parameters.marketClock.time(at: replica.head.block.header.timestamp))
        let others = offers.filter { $0.recipient != nil && !$0.isFor(key.address) }
        return others.prefix(8).enumerated().compactMap { step, offer in
            let transaction = Transaction(
                chainID: state.parameters.chainID, nonce: nonce + UInt64(step),
                to: NativeContract.market, data: MarketCall.pickOffer(offer.id))
            return try? VerifiedTransaction(
                transaction.signed(by: key), scheme: SimulatedScheme())
        }
    }

    private func requests(
        to replica: ReplicaState, generator: inout SeededGenerator
    ) -> [ReplicaMessage] {
        let waiting = replica.pool.candidates(atMost: Limits.requestedTransactions - 1)
        let asked = waiting.map(\.hash) + [Hash32.drawn(&generator)]
        var messages: [ReplicaMessage] = (0..<20).map {
            .transactionsRequest(number: $0, hashes: asked)
        }
        for _ in 0..<10 { messages.append(.blocksRequest(from: 1, count: Limits.syncBlocks)) }
        return messages
    }

    /// A block under the newest seals that they do not make final.
    private mutating func falseBlock(
        by replica: ReplicaState, generator: inout SeededGenerator
    ) -> FinalBlock {
        let head = replica.head
        let own = transactions(1, of: key, from: 0, by: replica)
        var header = head.block.header
        let kind = generator.index(below: 3)
        if kind > 0 {
            header.parentHash = head.block.hash
            header.number += 1
            header.transactionsRoot = Block.transactionsRoot(of: own)
        }
        // Dated back, or as it should be.
        if kind > 1 { header.timestamp = header.timestamp.advanced(byMilliseconds: 100) }
        return FinalBlock(
            block: Block(header: header, transactions: own), certificate: head.certificate)
    }

    /// `count` transactions that do nothing, no two of them alike.
    private mutating func transactions(
        _ count: UInt64, of key: SimulatedKey, from nonce: UInt64, by replica: ReplicaState
    ) -> [VerifiedTransaction] {
        (0..<count).compactMap { step -> VerifiedTransaction? in
            sent += 1
            let transaction = Transaction(
                chainID: replica.state.parameters.chainID, nonce: nonce + step,
                to: NativeContract.market,
                data: MarketCall.cancelOffer(OfferID(9_000_000 + sent)))
            return try? VerifiedTransaction(
                transaction.signed(by: key), scheme: SimulatedScheme())
        }
    }
}

extension Address {
    fileprivate static func drawn(_ generator: inout SeededGenerator) -> Address {
        let bytes = (0..<3).flatMap { _ in generator.next().bigEndianBytes }
        return Address(bytes: bytes.prefix(20)) ?? .zero
    }
}
