public import Protocol

/// Where each thing stands in the state: a letter for its table, then what names it there.
public struct StateKey: Hashable, Sendable {
    /// The key's bytes.
    public let bytes: Bytes

    private init(_ table: Table, _ name: Bytes = []) {
        var bytes: Bytes = []
        bytes.reserveCapacity(1 + name.count)
        bytes.append(table.rawValue)
        bytes.append(contentsOf: name)
        self.bytes = bytes
    }

    private init(_ table: Table, _ address: Address, then rest: Bytes = []) {
        var bytes: Bytes = []
        bytes.reserveCapacity(21 + rest.count)
        bytes.append(table.rawValue)
        address.append(to: &bytes)
        bytes.append(contentsOf: rest)
        self.bytes = bytes
    }

    /// The key whose bytes a store holds.
    init(stored bytes: Bytes) {
        self.bytes = bytes
    }

    /// The letter of its table; nil if there is no such table.
    var table: Table? { bytes.first.flatMap(Table.init) }

    /// What names it in its table.
    var name: ArraySlice<UInt8> { bytes.dropFirst() }

    /// The tables of the state, each with its letter.
    enum Table: UInt8 {
        case account = 0x61  // a
        case ballot = 0x62  // b
        case certificate = 0x63  // c
        case member = 0x65  // e
        case counters = 0x66  // f
        case memberNumber = 0x69  // i
        case allowance = 0x6c  // l
        case meter = 0x6d  // m
        case openOffers = 0x6f  // o
        case parameters = 0x70  // p
        case tokenPurchase = 0x71  // q
        case reference = 0x72  // r
        case supply = 0x73  // s
        case trade = 0x74  // t
        case tradeOf = 0x75  // u
        case validators = 0x76  // v
    }

    public static func == (left: StateKey, right: StateKey) -> Bool { left.bytes == right.bytes }

    /// Feeds the bytes at once; an array would feed them one by one.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// All parameters that the chain began with.
    public static let parameters = StateKey(.parameters)
    /// The tokens minted, burned and in escrow.
    public static let supply = StateKey(.supply)
    /// How many members and offers there are.
    public static let counters = StateKey(.counters)
    /// Who decides on the next block.
    public static let validators = StateKey(.validators)

    /// An account's nonce, balance and number of trades.
    public static func account(_ address: Address) -> StateKey {
        StateKey(.account, address)
    }

    /// How much of `owner`'s balance `spender` may move.
    public static func allowance(owner: Address, spender: Address) -> StateKey {
        StateKey(.allowance, owner, then: spender.bytes)
    }

    /// A registered account.
    public static func member(_ account: Address) -> StateKey {
        StateKey(.member, account)
    }

    /// The account that was registered as the `number`-th, from 0.
    public static func memberNumber(_ number: UInt32) -> StateKey {
        StateKey(.memberNumber, number.bigEndianBytes)
    }

    /// The account whose node has the certificate with this SHA-256.
    public static func certificate(_ hash: Hash32) -> StateKey {
        StateKey(.certificate, hash.bytes)
    }

    /// A meter: its owner, and up to where its registers are claimed.
    public static func meter(_ key: Address) -> StateKey {
        StateKey(.meter, key)
    }

    /// An offer and the trade that comes of it.
    public static func trade(_ id: OfferID) -> StateKey {
        let bytes = withUnsafeBytes(of: id.value.bigEndian) {
            [Table.trade.rawValue, $0[0], $0[1], $0[2], $0[3]]
        }
        return StateKey(stored: bytes)
    }

    /// The `number`-th offer that `account` made or picked, from 0.
    public static func trade(of account: Address, number: UInt32) -> StateKey {
        StateKey(.tradeOf, account, then: number.bigEndianBytes)
    }

    /// A page of the set of open offers.
    static func openOffers(level: UInt8, prefix: UInt32) -> StateKey {
        let bytes = withUnsafeBytes(of: prefix.bigEndian) {
            [Table.openOffers.rawValue, level, $0[0], $0[1], $0[2], $0[3]]
        }
        return StateKey(stored: bytes)
    }

    /// A reference of a payment that tokens were minted or burned for.
    public static func reference(_ text: String) -> StateKey {
        StateKey(.reference, Array(text.utf8))
    }

    /// The last order of tokens by `buyer`.
    public static func tokenPurchase(_ buyer: Address) -> StateKey {
        StateKey(.tokenPurchase, buyer.bytes)
    }

    /// Votes on `candidate`: reserved for changes of the validators.
    public static func ballot(_ candidate: Address) -> StateKey {
        StateKey(.ballot, candidate)
    }
}
