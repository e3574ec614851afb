import Console
import Client
import API
import Ledger
import Protocol

/// The market as one node shows it, all at one height.
struct MarketFigures {
    /// How many offers and trades stand in each state.
    private(set) var states: [TradeStatus: Int] = [:]
    private(set) var settled = WattHours.zero
    private(set) var minted: UInt64 = 0
    private(set) var burned: UInt64 = 0
    /// The sum of all accounts' tokens, as the accounts have them.
    private(set) var balances: UInt64 = 0
    /// What stands in escrow: the prices of the trades that are picked and not over.
    private(set) var escrow: UInt64 = 0

    private struct Entry {
        var status: TradeStatus
        var price: UInt64
        var delivered: UInt64 = 0
    }

    /// Reads the market through `client`. Balances and events must be of the same moment: they are
    /// read again until no block came in between.
    init(client: NodeClient) throws {
        var logs = LogReader(client: client)
        for _ in 0..<200 {
            let height = try client.height()
            try logs.read(upTo: height)
            let balances = try Self.balances(logs.holders, client, at: height)
            guard let balances else { continue }
            count(logs)
            self.balances = balances
            return
        }
        throw CommandFailure(.late, "blocks come too fast to read the market between two of them")
    }

    /// The sum of all balances, or nil if a block came in while they were read.
    private static func balances(
        _ holders: [Address], _ client: NodeClient, at height: UInt64
    ) throws -> UInt64? {
        let balances = try ContractReader(client: client).balances(of: holders)
        guard try client.height() == height else { return nil }
        return balances.reduce(0) { $0 + $1.baseUnits }
    }

    private mutating func count(_ logs: LogReader) {
        var entries: [OfferID: Entry] = [:]
        for event in logs.market {
            switch event {
            case .offerAdded(let id, _, _, let price, _, _):
                entries[id] = Entry(status: .open, price: price.baseUnits)
            case .offerPicked(let id, _, _, _): entries[id]?.status = .picked
            case .peerPaid(let id, _, _, _): entries[id]?.status = .paid
            case .energyDelivered(let id, _, _, let energy):
                entries[id]?.status = .delivered
                entries[id]?.delivered = energy.value
            case .sellerPaid(let id, _, _, _, _): entries[id]?.status = .settled
            case .offerCancelled(let id, _): entries[id]?.status = .cancelled
            case .offerExpired(let id, _): entries[id]?.status = .expired
            case .tradeRefunded(let id, _, _): entries[id]?.status = .refunded
            }
        }
        for entry in entries.values {
            states[entry.status, default: 0] += 1
            switch entry.status {
            case .picked, .paid, .delivered: escrow += entry.price
            case .settled: settled = WattHours(settled.value + entry.delivered)
            case .open, .cancelled, .expired, .refunded: break
            }
        }
        minted = logs.minted
        burned = logs.burned
    }

    /// Whether the sum of balances and escrow is what was minted less what was burned.
    var isConserved: Bool { balances + escrow + burned == minted }

    private func count(_ status: TradeStatus) -> JSON {
        .number(states[status] ?? 0)
    }

    var json: JSON {
        [
            "offers": [
                "open": count(.open), "expired": count(.expired), "cancelled": count(.cancelled),
            ],
            "trades": [
                "picked": count(.picked), "paid": count(.paid), "delivered": count(.delivered),
                "settled": count(.settled), "refunded": count(.refunded),
            ],
            "settledWh": .number(settled.value),
            "tokens": [
                "minted": .string(String(minted)), "burned": .string(String(burned)),
                "balances": .string(String(balances)), "escrow": .string(String(escrow)),
            ],
        ]
    }

    var text: String {
        func number(_ status: TradeStatus) -> Int { states[status] ?? 0 }
        func tokens(_ baseUnits: UInt64) -> String { TokenAmount(baseUnits).tokensText }
        let sum = isConserved ? "adds up" : "DOES NOT ADD UP"
        return """
            offers  \(number(.open)) open, \(number(.expired)) expired, \
            \(number(.cancelled)) cancelled
            trades  \(number(.picked)) picked, \(number(.paid)) paid, \
            \(number(.delivered)) delivered, \(number(.settled)) settled, \
            \(number(.refunded)) refunded
            energy  \(settled.value) Wh settled
            tokens  \(tokens(minted)) minted, \(tokens(burned)) burned, \
            \(tokens(balances)) held, \(tokens(escrow)) in escrow: \(sum)
            """
    }
}
