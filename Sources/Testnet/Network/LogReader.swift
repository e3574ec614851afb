import Console
import Client
import API
import Ledger
import Protocol

/// Reads the native contracts' events from the first block on, page by page, and goes on where it
/// stopped.
struct LogReader {
    /// The most blocks that a node looks through at once.
    private static let page: UInt64 = 2_000

    private let client: NodeClient
    private var next: UInt64 = 0
    private(set) var market: [MarketEvent] = []
    private(set) var minted: UInt64 = 0
    private(set) var burned: UInt64 = 0
    private var holderSet: Set<Address> = []

    init(client: NodeClient) {
        self.client = client
    }

    /// Every account that ever got tokens, in order; the market's escrow is no account.
    var holders: [Address] { holderSet.sorted() }

    /// Reads the events of all blocks up to `height`.
    mutating func read(upTo height: UInt64) throws {
        while next <= height {
            let last = min(next + Self.page - 1, height)
            let filter: JSON = [
                "fromBlock": .quantity(next),
                "toBlock": .quantity(last),
                "address": [
                    .string(NativeContract.market.description),
                    .string(NativeContract.token.description),
                ],
            ]
            for log in try client.call("eth_getLogs", [filter]).elements ?? [] {
                guard let event = EventLog(json: log) else {
                    throw CommandFailure(.failed, "a log of the node cannot be read")
                }
                take(event)
            }
            next = last + 1
        }
    }

    private mutating func take(_ log: EventLog) {
        if let event = MarketEvent(log) {
            market.append(event)
        } else if let event = TokenEvent(log) {
            switch event {
            case .transfer(_, let to, _) where to != .zero && to != NativeContract.market:
                holderSet.insert(to)
            case .minted(_, let amount, _): minted += amount.baseUnits
            case .burned(_, let amount, _): burned += amount.baseUnits
            case .transfer, .approval, .purchaseOpened, .sold, .purchaseDeclined,
                .purchaseCancelled:
                break
            }
        }
    }
}
