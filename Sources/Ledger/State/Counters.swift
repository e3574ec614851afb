import Protocol

/// How many members, offers, and trades that are over there are, and where the search for expired offers
/// stands.
struct Counters: Hashable, Sendable {
    var members: UInt32
    var offers: UInt32
    /// The first id that the search for expired offers has not looked at in its present round.
    var expirySearch: UInt32
    /// How many trades are over.
    var closed: UInt32 = 0
    /// How many of them have left the state.
    var forgotten: UInt32 = 0
    /// Up to which id all have left the state.
    var gone: UInt32 = 0
    /// How many references were used for mints and burns.
    var references: UInt32 = 0
    /// How many of them have left the state.
    var forgottenReferences: UInt32 = 0

    static let none = Counters(members: 0, offers: 0, expirySearch: 0)
}

extension Counters: Record {
    var encoded: Bytes {
        Self.bytes(
            of: members, offers, expirySearch, closed, forgotten, gone, references,
            forgottenReferences)
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        (
            members, offers, expirySearch, closed, forgotten, gone, references,
            forgottenReferences
        ) = try Self.fields(in: bytes, of: "counters")
    }
}
