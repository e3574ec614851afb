public import Protocol

/// Whatever knows the state's value at each key, and so everything that the state tells.
public protocol StateView {
    /// The value at `key`, or nil.
    func value(at key: StateKey) -> Bytes?
    /// All parameters that the chain began with.
    var parameters: Genesis { get }
}

extension StateView {
    /// Reads a record that this module wrote. State from outside is checked when it is read in,
    /// so what cannot be read here is a broken invariant.
    func record<Content: Record>(at key: StateKey) -> Content? {
        guard let bytes = value(at: key) else { return nil }
        do {
            return try Content(decoding: bytes)
        } catch {
            fatalError("the state is damaged at 0x\(Hexadecimal.encode(key.bytes)): \(error)")
        }
    }

    /// The address that stands at `key`.
    func address(at key: StateKey) -> Address? {
        value(at: key).flatMap { Address(bytes: $0) }
    }

    var counters: Counters { record(at: .counters) ?? .none }
}

extension StateView {
    /// What the ledger keeps of `address`; of any that it does not know, that it is untouched.
    public func account(_ address: Address) -> Account {
        record(at: .account(address)) ?? .untouched
    }

    /// How much of `owner`'s balance `spender` may move.
    public func allowance(owner: Address, spender: Address) -> UInt256 {
        value(at: .allowance(owner: owner, spender: spender)).flatMap { UInt256(bigEndian: $0) }
            ?? .zero
    }

    /// The tokens minted, burned and in escrow.
    public var supply: Supply { record(at: .supply) ?? .none }

    /// The member `account`, or nil.
    public func member(_ account: Address) -> Member? { record(at: .member(account)) }

    /// The member whose node has the certificate with this SHA-256, or nil.
    public func member(byCertificate hash: Hash32) -> Member? {
        address(at: .certificate(hash)).flatMap { member($0) }
    }

    /// The member whose meter has this key, or nil.
    public func member(byMeter key: Address) -> Member? {
        meter(key).flatMap { member($0.owner) }
    }

    /// How many members there are.
    public var memberCount: UInt32 { counters.members }

    /// Every member, in the order of registration.
    public func members() -> [Member] {
        (0..<memberCount).compactMap { number in
            address(at: .memberNumber(number)).flatMap { member($0) }
        }
    }

    /// Who decides on the next block.
    public func validators() -> ValidatorSet {
        guard let list: ValidatorList = record(at: .validators) else { return ValidatorSet([]) }
        return list.validators
    }

    /// The meter with this key, or nil.
    public func meter(_ key: Address) -> Meter? { record(at: .meter(key)) }

    /// The offer numbered `id`, whatever became of it, or nil.
    public func offer(_ id: OfferID) -> Offer? { trade(id)?.offer }

    /// The offer numbered `id` and what came of it, or nil.
    public func trade(_ id: OfferID) -> Trade? { record(at: .trade(id)) }

    /// The number that the next offer will have; nil when all are used up.
    public var nextOfferID: OfferID? {
        let offers = counters.offers
        return offers == .max ? nil : OfferID(offers + 1)
    }

    /// Up to `count` offers that can be picked at `time`, with ids from `from` on, in order.
    public func openOffers(from: OfferID, count: Int, at time: MarketTime) -> [Offer] {
        var found: [Offer] = []
        var next = OpenOffers.first(from: from.value, in: self)
        while let id = next, found.count < count {
            if let offer = offer(OfferID(id)), !offer.isExpired(at: time) { found.append(offer) }
            next = id == .max ? nil : OpenOffers.first(from: id + 1, in: self)
        }
        return found
    }

    /// Up to `count` ids of offers that `account` made or picked, from the `from`-th on, counted
    /// from 0, oldest first.
    public func trades(of account: Address, from: UInt32, count: UInt32) -> [OfferID] {
        let total = self.account(account).tradeCount
        guard from < total else { return [] }
        let end = from + min(count, total - from)
        return (from..<end).compactMap { number in
            value(at: .trade(of: account, number: number))
                .flatMap { UInt32(bigEndian: $0) }.map { OfferID($0) }
        }
    }

    /// The last order of tokens by `buyer`, open or not, or nil.
    public func tokenPurchase(of buyer: Address) -> TokenPurchase? {
        record(at: .tokenPurchase(buyer))
    }

    /// Every open order of tokens, in the order in which the buyers were registered.
    public func openTokenPurchases() -> [(buyer: Address, purchase: TokenPurchase)] {
        members().compactMap { member in
            guard let purchase = tokenPurchase(of: member.account), purchase.isOpen else {
                return nil
            }
            return (member.account, purchase)
        }
    }

    /// Whether tokens were minted or burned for the payment `reference`.
    public func isUsed(reference: String) -> Bool { value(at: .reference(reference)) != nil }
}
