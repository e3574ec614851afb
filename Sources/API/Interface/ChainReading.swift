package import Ledger
package import Protocol

/// The last final block and the state after it, which belong together.
package struct ChainView: Sendable {
    /// The block's header.
    package let header: BlockHeader
    /// The block's hash.
    package let hash: Hash32
    /// The state after it.
    package let state: LedgerState

    package init(header: BlockHeader, hash: Hash32, state: LedgerState) {
        self.header = header
        self.hash = hash
        self.state = state
    }

    /// The market's time at a moment of the ledger's clock.
    func marketTime(at now: Timestamp) -> MarketTime {
        state.parameters.marketClock.time(at: now)
    }
}

/// What the API asks a node's ledger. Whatever it throws becomes an internal error: what is not
/// there is nil.
package protocol ChainReading: Sendable {
    /// The hash of the chain's first block.
    var genesisHash: Hash32 { get }
    /// Where the chain stands.
    func head() -> ChainView
    /// The block of height `number`.
    func block(number: UInt64) async throws -> BlockRecord?
    /// The block named `hash`.
    func block(hash: Hash32) async throws -> BlockRecord?
    /// Up to `limit` blocks below height `below`, the highest first.
    func blocks(below: UInt64, limit: Int) async throws -> [BlockRecord]
    /// The transaction named `hash`, if it is final.
    func transaction(hash: Hash32) async throws -> TransactionRecord?
    /// The transaction at `index` of block `block`.
    func transaction(block: UInt64, index: UInt64) async throws -> TransactionRecord?
    /// The transactions of block `block`, in order.
    func transactions(inBlock block: UInt64) async throws -> [TransactionRecord]
    /// The receipt of the transaction named `hash`, if it is final.
    func receipt(hash: Hash32) async throws -> ReceiptRecord?
    /// The receipts of block `block`, in order.
    func receipts(inBlock block: UInt64) async throws -> [ReceiptRecord]
    /// The events that `query` looks for, in order.
    func logs(_ query: LogQuery) async throws -> LogAnswer
    /// Up to `limit` transactions that `sender` sent before `position`, the last first.
    func transactions(
        from sender: Address, before position: LedgerPosition?, limit: Int
    ) async throws -> [TransactionRecord]
    /// Up to `limit` movements of tokens from or to `account` before `position`, the last first.
    func transfers(
        of account: Address, before position: LedgerPosition?, limit: Int
    ) async throws -> [TransferRecord]
    /// The offer or trade `id`.
    func trade(_ id: OfferID) async throws -> TradeRecord?
    /// Up to `limit` offers and trades that fit `query`, the newest first, those below `below`.
    func trades(_ query: TradeQuery, below: OfferID?, limit: Int) async throws -> [TradeRecord]
    /// How many offers and trades stand in each state, and the energy settled.
    func marketFigures() async throws -> MarketRecord
    /// The sum of all accounts' balances, added up one by one.
    func balanceTotal() async throws -> TokenAmount
}

extension ChainReading {
    /// Adds up the balances in the latest state; a store with an index of accounts does it faster.
    package func balanceTotal() async throws -> TokenAmount {
        let state = head().state
        let total = state.entries.reduce(into: UInt64(0)) { total, entry in
            guard let address = Address(bytes: entry.key.dropFirst()),
                entry.key == StateKey.account(address).bytes
            else { return }
            total += state.account(address).balance.baseUnits
        }
        return TokenAmount(total)
    }
}

/// A place in the ledger: a block, and the number of a transaction or an event in it.
package struct LedgerPosition: Hashable, Sendable {
    /// The block's height.
    package let block: UInt64
    /// The number within it.
    package let index: UInt64

    /// The place `index` in `block`.
    package init(block: UInt64, index: UInt64) {
        self.block = block
        self.index = index
    }
}

/// Which events to look for.
package struct LogQuery: Hashable, Sendable {
    /// The blocks to look in.
    package let blocks: ClosedRange<UInt64>
    /// The contracts that may have emitted them; any if empty.
    package let addresses: [Address]
    /// For each topic in order, what it may be; anything if empty.
    package let topics: [[Hash32]]

    /// How many blocks one search may span.
    package static let maximumBlocks: UInt64 = 5_000
    /// How many events one search may find.
    package static let maximumResults = 10_000

    /// Looks in `blocks` for events of `addresses` with `topics`.
    package init(blocks: ClosedRange<UInt64>, addresses: [Address] = [], topics: [[Hash32]] = []) {
        self.blocks = blocks
        self.addresses = addresses
        self.topics = topics
    }

    /// Whether `log` is one that the query looks for, its block apart.
    package func matches(_ log: EventLog) -> Bool {
        guard addresses.isEmpty || addresses.contains(log.address) else { return false }
        return topics.enumerated().allSatisfy { index, choices in
            choices.isEmpty || (index < log.topics.count && choices.contains(log.topics[index]))
        }
    }
}

/// What a search for events came to.
package enum LogAnswer: Hashable, Sendable {
    /// The events, in order.
    case found([LogRecord])
    /// The range spans more than ``LogQuery/maximumBlocks``.
    case tooManyBlocks
    /// There are more than ``LogQuery/maximumResults``.
    case tooManyResults
}

/// Which offers and trades to list.
package struct TradeQuery: Hashable, Sendable {
    /// The state's name; any if nil.
    package var state: String?
    /// Who sells; anybody if nil.
    package var seller: Address?
    /// Who buys; anybody if nil.
    package var buyer: Address?
    /// Who sells or buys; anybody if nil.
    package var party: Address?

    /// Lists what fits all that is given.
    package init(
        state: String? = nil, seller: Address? = nil, buyer: Address? = nil, party: Address? = nil
    ) {
        self.state = state
        self.seller = seller
        self.buyer = buyer
        self.party = party
    }
}
