internal import Ledger
internal import Protocol

/// What the native contracts call the things in transactions and events.
enum ContractNames {
    /// A movement of tokens, as the token's event tells.
    struct Transfer {
        let sender: Address
        let recipient: Address
        let amount: TokenAmount
    }

    private static let functions: [Address: [Bytes: String]] = named { contract in
        contract.functions.map { ($0.selector, $0.name) }
    }

    private static let events: [Address: [Hash32: String]] = named { contract in
        contract.events.map { ($0.topic, $0.name) }
    }

    private static func named<Key>(
        _ names: (ContractABI) -> [(Key, String)]
    ) -> [Address: [Key: String]] {
        Dictionary(
            uniqueKeysWithValues: ContractABI.all.map { contract in
                (contract.address, Dictionary(names(contract)) { first, _ in first })
            })
    }

    /// The name of the function that `transaction` calls, if it calls one.
    static func function(of transaction: Transaction) -> String? {
        transaction.to.flatMap { functions[$0]?[Bytes(transaction.data.prefix(4))] }
    }

    /// The name of the event, if a native contract emitted it.
    static func event(of log: EventLog) -> String? {
        log.topics.first.flatMap { events[log.address]?[$0] }
    }

    /// The offer or trade that an event of the market is about.
    static func trade(of log: EventLog) -> OfferID? {
        guard log.address == NativeContract.market, log.topics.count > 1 else { return nil }
        return UInt64(exactly: UInt256(word: log.topics[1]))
            .flatMap(UInt32.init(exactly:)).map { OfferID($0) }
    }

    /// The movement that an event of the token tells of.
    static func transfer(_ log: EventLog) -> Transfer? {
        guard case .transfer(let sender, let recipient, let amount)? = TokenEvent(log) else {
            return nil
        }
        return Transfer(sender: sender, recipient: recipient, amount: amount)
    }
}
