public import Protocol

/// What an entry of the state is about, as its key tells.
public enum StateSubject: Hashable, Sendable {
    /// An account's nonce, balance and number of trades.
    case account(Address)
    /// A registered account.
    case member(Address)
    /// A meter, by its key.
    case meter(Address)
    /// An offer and the trade that comes of it.
    case trade(OfferID)
    /// The tokens minted, burned and in escrow.
    case supply
    /// Anything else.
    case other
}

extension StateEntry {
    /// What the entry is about.
    public var subject: StateSubject {
        let stored = StateKey(stored: key)
        switch stored.table {
        case .account: return Address(bytes: stored.name).map(StateSubject.account) ?? .other
        case .member: return Address(bytes: stored.name).map(StateSubject.member) ?? .other
        case .meter: return Address(bytes: stored.name).map(StateSubject.meter) ?? .other
        case .trade:
            guard stored.name.count == 4, let number = UInt32(bigEndian: stored.name) else {
                return .other
            }
            return .trade(OfferID(number))
        case .supply: return stored.name.isEmpty ? .supply : .other
        default: return .other
        }
    }
}
