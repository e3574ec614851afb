import Client
import Console
import Ledger
import Protocol

/// Makes whole trades, so many at a time, until there are as many as are wanted: one thread, on which nothing
/// but that is done. A step is signed once the one before it is final, since only then its number and its
/// time are known.
final class TradeDriver {
    /// What steps are signed for.
    struct Chain {
        let domain: SigningDomain
        let clock: MarketClock
        /// The aggregator's key, which nobody else uses meanwhile, and its next nonce.
        let aggregator: PrivateKey
        let aggregatorNonce: UInt64
    }

    private let chain: Chain
    private let count: Int
    private let timeout: Double
    private var pairs: [TradePair]
    /// Two of each pair, the seller's first, and the aggregator's behind them.
    private let lanes: [TradeLane]
    private let stream: BlockStream
    private var start = ContinuousClock.now
    private var book = LoadBook([])
    /// Which pair each transaction is of, and which step it is.
    private var steps: [(pair: Int, step: LoadStep)] = []
    /// When the trade of each pair began.
    private var begun: [Double]
    private(set) var times = TradeTimes()
    private var started = 0
    private var refusals = 0
    private var lastNews = 0.0

    /// Makes `count` trades of `pairs`, which hand in at `places` in turn; the first of those tells what
    /// becomes of them. Nothing may be silent for longer than `timeout` seconds.
    init(
        _ count: Int, of pairs: [TradePair], on chain: Chain, at places: [LoadDriver.Place],
        timeout: Double, firstAddress: Int
    ) throws {
        (self.count, self.pairs, self.chain, self.timeout) = (count, pairs, chain, timeout)
        begun = [Double](repeating: 0, count: pairs.count)
        stream = try BlockStream(of: places[0], from: .stranger(firstAddress), tellsOffers: true)
        let keys = pairs.flatMap { [$0.seller.account, $0.buyer.account] } + [chain.aggregator]
        lanes = keys.enumerated().map { index, key in
            let (port, number) = (places[index % places.count].port, firstAddress + 1 + index)
            let isAggregator = index == keys.count - 1
            return TradeLane(
                key, nonce: isAggregator ? chain.aggregatorNonce : 0,
                chainID: chain.domain.chainID
            ) { () throws(SocketFailure) in
                try LoopbackSocket(to: port, from: .stranger(number))
            }
        }
    }

    private var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// How many addresses it takes.
    var addresses: Int { lanes.count + 1 }

    /// Makes them; throws where a step is not final in time, or is reverted.
    func run() throws -> LoadOutcome {
        try stream.waitForBeginning()
        start = .now
        let processor = SystemClock.processorSeconds
        for pair in pairs.indices { begin(pair, at: elapsed) }
        while times.trades.count < count {
            guard !Interruption.isWanted else { throw CommandFailure(.failed, "interrupted") }
            let now = elapsed
            guard now - lastNews < timeout else {
                throw CommandFailure(
                    book.lost.isEmpty ? .late : .unsound,
                    "\(times.trades.count) of \(count) trades are settled, and nothing more becomes "
                        + "final in \(Figures.text(timeout)) s")
            }
            for lane in lanes where lane.isReady(at: now) {
                for number in try lane.handIn(at: now) {
                    book.handIn(number..<number + 1, at: elapsed)
                }
            }
            try wait(now)
        }
        return LoadOutcome(
            book: book, seconds: elapsed, refusals: refusals,
            processorSeconds: SystemClock.processorSeconds - processor)
    }

    private func begin(_ pair: Int, at time: Double) {
        guard started < count else { return }
        started += 1
        begun[pair] = time
        take(.offer, pair, at: time)
    }

    private func take(_ step: LoadStep, _ pair: Int, at time: Double) {
        let lane =
            switch step.party {
            case .seller: lanes[2 * pair]
            case .buyer: lanes[2 * pair + 1]
            case .aggregator: lanes[lanes.count - 1]
            }
        let now = chain.clock.time(at: SystemClock.now)
        let hash = lane.add(
            pairs[pair].call(step, at: now, in: chain.domain), number: book.count)
        book.add(hash, due: time)
        steps.append((pair, step))
    }

    private func wait(_ now: Double) throws {
        let pauses = lanes.lazy.map(\.pausedUntil).filter { $0 > now }.min()
        let moment = min(now + 1, pauses ?? .infinity)
        var waiting = DescriptorSet(
            [stream.socket.descriptor] + lanes.compactMap(\.socket?.descriptor))
        guard waiting.wait(seconds: max(0, moment - elapsed)) else { return }
        if waiting.contains(stream.socket.descriptor) { try readStream() }
        for lane in lanes {
            guard let socket = lane.socket, waiting.contains(socket.descriptor) else { continue }
            guard let answer = try LoadDriver.named({ try lane.read(at: elapsed) }) else {
                continue
            }
            refusals += answer.refused
            for number in answer.taken { book.acknowledge(number..<number + 1, at: elapsed) }
        }
    }

    private func readStream() throws {
        let news = try stream.read()
        let time = elapsed
        for block in news {
            for entry in block.transactions {
                guard let number = book.number(of: entry.key) else { continue }
                lastNews = time
                let final = LoadBook.Final(
                    block: block.number, time: time, succeeded: entry.succeeded)
                try finish(number, final)
            }
        }
        for offer in stream.takeOffers() {
            guard let number = book.number(of: offer.key) else { continue }
            pairs[steps[number].pair].offered(offer.id)
            take(.pick, steps[number].pair, at: time)
        }
    }

    private func finish(_ number: Int, _ final: LoadBook.Final) throws {
        let (pair, step) = steps[number]
        guard final.succeeded else {
            throw CommandFailure(.unsound, "\(step.name), transaction \(number), was reverted")
        }
        book.makeFinal(number, final)
        let due = book.due[number] ?? final.time
        times.note(step, milliseconds: (final.time - due) * 1_000)
        switch step {
        // The number of its offer comes with the market's events, behind the block.
        case .offer: return
        case .settlement:
            times.noteTrade(milliseconds: (final.time - begun[pair]) * 1_000, at: final.time)
            begin(pair, at: final.time)
        case .pick, .payment, .proof:
            if let next = step.next { take(next, pair, at: final.time) }
        }
    }
}
