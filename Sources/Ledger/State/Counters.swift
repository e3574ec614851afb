import Protocol

/// How many members and offers there are, and where the search for expired offers stands.
struct Counters: Hashable, Sendable {
    var members: UInt32
    var offers: UInt32
    /// The first id that the search for expired offers has not looked at in its present round.
    var expirySearch: UInt32

    static let none = Counters(members: 0, offers: 0, expirySearch: 0)
}

extension Counters: Record {
    var encoded: Bytes {
        var writer = RecordWriter(capacity: 12)
        writer.number(members)
        writer.number(offers)
        writer.number(expirySearch)
        return writer.bytes
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "counters")
        members = try reader.number()
        offers = try reader.number()
        expirySearch = try reader.number()
        try reader.end()
    }
}
