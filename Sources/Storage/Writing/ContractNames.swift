internal import Ledger
internal import Protocol

/// What the native contracts call the things in transactions and events.
enum ContractNames {
    /// The name of the function that `transaction` calls, if it calls one.
    static func function(of transaction: Transaction) -> String? {
        transaction.to.flatMap(ContractABI.at)?.functions
            .first { transaction.data.starts(with: $0.selector) }?.name
    }

    /// The name of the event, if a native contract emitted it.
    static func event(of log: EventLog) -> String? {
        ContractABI.at(log.address)?.events.first { $0.topic == log.topics.first }?.name
    }
}
