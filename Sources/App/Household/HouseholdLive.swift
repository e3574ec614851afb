import API
import Ledger
import Market
import Protocol
import Synchronization

/// Fills a household's live stream: once a second with what the meter shows, and with what final
/// blocks say of the household's trades as they come. It does so only while somebody listens.
final class HouseholdLive: Sendable {
    /// What was told last, so that only what has changed is told again.
    fileprivate struct Told {
        var reading: MeterReading?
        var flowed: [OfferID: WattHours] = [:]
        var led: LED?
        var isStalled = false
        var standingAt = Timestamp.zero
        var day: String?
        var ended: EndedTrade?
        var isRunning = false
    }

    private let feed: LiveFeed
    private let view: @Sendable (EndedTrade?) -> HouseholdView
    private let blocks: BlockFeed
    private let told = Mutex(Told())
    /// How long the end of a trade is news, in milliseconds.
    private static let newsTime: UInt64 = 60_000

    init(
        blocks: BlockFeed, now: Timestamp, view: @escaping @Sendable (EndedTrade?) -> HouseholdView
    ) {
        // The process that ran before has told of fewer events than there were milliseconds.
        feed = LiveFeed(after: now.milliseconds)
        self.blocks = blocks
        self.view = view
    }

    /// The view of this moment.
    func current() -> HouseholdView {
        let view = view(nil)
        let ended = told.withLock { $0.ended }
        guard let ended, view.now.millisecondsSince(ended.at) < Self.newsTime else { return view }
        return self.view(ended)
    }

    /// The events after `last`; nil if too many listen.
    func events(after last: UInt64?) -> AsyncStream<LiveFeed.Event>? {
        let stream = feed.events(after: last)
        if told.withLock({ $0.begin() }) { Task { await run() } }
        return stream
    }

    /// Tells every page of something that has no more to say.
    func tell(_ name: String) { feed.publish(name, .object([])) }

    /// Ends every stream.
    func finish() { feed.finish() }

    private func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                guard let blocks = self.blocks.blocksForRequest() else { return }
                for await block in blocks { self.tell(of: block) }
            }
            group.addTask {
                while self.feed.listenerCount > 0 {
                    self.tick()
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            await group.next()
            group.cancelAll()
        }
        told.withLock { $0.isRunning = false }
        // Somebody may have come in the meantime.
        if feed.listenerCount > 0, told.withLock({ $0.begin() }) { await run() }
    }

    private func tick() {
        let view = current()
        feed.publish("beat", ["time": .time(view.now), "marketTime": .time(view.marketNow)])
        let (led, reading, flowed) = (view.led(), view.figures.reading, view.figures.flowed)
        let day = view.settings.days.day(of: view.marketNow)
        let isStalled = view.node.stalledSince(at: view.now) != nil
        var events: [(String, JSON)] = []
        told.withLock { told in
            if reading != told.reading { events.append(("power", view.live())) }
            for trade in view.running {
                guard let wh = view.flowed(trade), wh != told.flowed[trade.offer.id] else {
                    continue
                }
                events.append(
                    (
                        "delivery",
                        ["trade": .number(trade.offer.id.value), "ownWh": .number(wh.value)]
                    ))
            }
            if led != told.led { events.append(("led", led.json)) }
            if isStalled != told.isStalled || view.now.millisecondsSince(told.standingAt) > 10_000 {
                events.append(("standing", view.standing()))
                told.standingAt = view.now
            }
            if let last = told.day, last != day { events.append(("day", ["day": .string(day)])) }
            (told.reading, told.led, told.isStalled, told.day) = (reading, led, isStalled, day)
            told.flowed = flowed
        }
        for (name, data) in events { feed.publish(name, data) }
    }

    /// Tells of the steps of the household's trades in a final block.
    private func tell(of block: CommittedBlock) {
        let account = view(nil).account
        for receipt in block.receipts {
            for log in receipt.logs {
                guard let event = MarketEvent(log), let trade = block.state.trade(event.id),
                    trade.offer.seller == account || trade.buyer == account,
                    let name = ContractABI.market.events.first(where: { $0.topic == log.topics[0] }
                    )?
                    .name
                else { continue }
                note(event, at: block.header.timestamp)
                feed.publish(
                    "step",
                    [
                        "trade": .number(event.id.value), "step": .string(name),
                        "block": .number(block.header.number),
                        "time": .time(block.header.timestamp),
                        "transaction": .hash(receipt.transactionHash),
                    ])
            }
        }
    }

    private func note(_ event: MarketEvent, at time: Timestamp) {
        switch event {
        case .sellerPaid:
            told.withLock { $0.ended = EndedTrade(isSettled: true, at: time) }
        case .tradeRefunded:
            told.withLock { $0.ended = EndedTrade(isSettled: false, at: time) }
        default: break
        }
    }
}

extension HouseholdLive.Told {
    /// Whether nobody runs the stream yet; somebody does from now on.
    fileprivate mutating func begin() -> Bool {
        defer { isRunning = true }
        return !isRunning
    }
}
