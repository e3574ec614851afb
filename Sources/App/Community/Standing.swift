import API
import Ledger
import Protocol

/// Whether the ledger goes on, as a node sees it.
enum Standing {
    static func json(_ node: NodeSnapshot, of identity: NodeIdentity, _ now: Timestamp) -> JSON {
        let validators = node.state.validators()
        let answering = Attendance(node, of: identity, at: now).whileStalled
        return [
            "time": .time(now), "height": .number(node.height),
            "lastBlockTime": .time(node.header.timestamp),
            "stalledSince": node.stalledSince(at: now).map { .time($0) } ?? .null,
            "answering": answering.map { .number($0) } ?? .null,
            "quorum": .number(validators.quorum),
            "validators": .number(validators.count), "blocksBehind": .number(node.blocksBehind),
            "aggregatorSince": .null, "deadline": .null,
        ]
    }
}

extension Offer {
    /// What a kilowatt-hour of it costs, in base units.
    var perKilowattHour: TokenAmount {
        let (product, overflow) = price.baseUnits.multipliedReportingOverflow(by: 1_000)
        return TokenAmount((overflow ? .max : product) / max(energy.value, 1))
    }
}
