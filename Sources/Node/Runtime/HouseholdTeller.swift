import App
import Logging
import Market
import Peering
import Protocol
import Storage
import Synchronization
import Transport

/// Looks up what an aggregator's households are told out of its books, one after the other and beside the
/// node's loop, since reading takes its time.
struct HouseholdTeller: Sendable {
    private let books: AggregatorStore
    private let community: CommunityMeters
    private let network: PeerNetwork
    private let log: LimitedLog
    private let waiting = WaitingNews()
    private let wakings: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        books: AggregatorStore, community: CommunityMeters, network: PeerNetwork, log: LimitedLog
    ) {
        self.books = books
        self.community = community
        self.network = network
        self.log = log
        (wakings, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Has `news` told to `household`, in place of older ones of its kind; never waits.
    func request(_ news: HouseholdNews, for household: Address) {
        waiting.add(news, for: household)
        waker.yield()
    }

    /// Tells until the task is cancelled.
    func run() async {
        for await _ in wakings {
            while let (household, news) = waiting.next() { await tell(news, to: household) }
        }
    }

    private func tell(_ news: HouseholdNews, to household: Address) async {
        do {
            guard let message = try message(news, for: household) else { return }
            await network.send(.meter(message), to: [household])
        } catch {
            log.write(
                .warning, "books", by: "\(household)",
                "cannot look up what \(household) is to be told: \(error)")
        }
    }

    private func message(
        _ news: HouseholdNews, for household: Address
    ) throws -> MeterMessage? {
        switch news {
        case .quarters(let start): .quarters(try community.report(from: start))
        case .suspension:
            try books.suspensionReason(of: household).map {
                .suspension(reason: UntrustedText($0))
            }
        }
    }
}

/// Who waits for what, in the order of their coming: of each kind of news a household waits for one.
final class WaitingNews: Sendable {
    private struct Place: Hashable {
        let household: Address
        let isSuspension: Bool
    }

    private let state = Mutex((order: [Place](), news: [Place: HouseholdNews]()))

    func add(_ news: HouseholdNews, for household: Address) {
        let place = Place(household: household, isSuspension: news == .suspension)
        state.withLock { state in
            if state.news.updateValue(news, forKey: place) == nil { state.order.append(place) }
        }
    }

    func next() -> (Address, HouseholdNews)? {
        state.withLock { state in
            guard !state.order.isEmpty else { return nil }
            let place = state.order.removeFirst()
            return state.news.removeValue(forKey: place).map { (place.household, $0) }
        }
    }
}
