import Protocol

/// Checks entries that come from outside, so that reading them later cannot fail.
enum StateCheck {
    /// Throws unless each entry is a record of its table, and no key stands twice.
    static func check(_ entries: [StateEntry]) throws(MalformedBytes) {
        var keys: Set<Bytes> = []
        for entry in entries {
            guard keys.insert(entry.key).inserted else { throw fault(entry, "stands twice") }
            guard let table = entry.key.first.flatMap(StateKey.Table.init(rawValue:)) else {
                throw fault(entry, "belongs to no table")
            }
            guard let value = entry.value else { throw fault(entry, "has no value") }
            do throws(MalformedBytes) {
                try check(value, in: table)
            } catch {
                throw fault(entry, "is damaged: \(error)")
            }
        }
    }

    private static func fault(_ entry: StateEntry, _ reason: String) -> MalformedBytes {
        MalformedBytes("state entry 0x\(Hexadecimal.encode(entry.key)) \(reason)")
    }

    private static func check(
        _ value: Bytes, in table: StateKey.Table
    ) throws(MalformedBytes) {
        switch table {
        case .account: _ = try Account(decoding: value)
        case .supply: _ = try Supply(decoding: value)
        case .counters: _ = try Counters(decoding: value)
        case .member: _ = try Member(decoding: value)
        case .meter: _ = try Meter(decoding: value)
        case .tokenPurchase: _ = try TokenPurchase(decoding: value)
        case .trade: _ = try Trade(decoding: value)
        case .validators: _ = try ValidatorList(decoding: value)
        case .parameters: _ = try Genesis(rlp: RLP(decoding: value))
        case .certificate, .memberNumber: try check(value, bytes: 20)
        case .allowance, .openOffers: try check(value, bytes: 32)
        case .tradeOf: try check(value, bytes: 4)
        case .reference: try check(value, bytes: 8)
        case .ballot: return
        }
    }

    private static func check(_ value: Bytes, bytes: Int) throws(MalformedBytes) {
        guard value.count == bytes else { throw MalformedBytes("not \(bytes) bytes long") }
    }
}
