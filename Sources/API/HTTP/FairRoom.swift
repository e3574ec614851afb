/// Room for what clients have the node keep, shared among them: one alone may fill a quarter of it,
/// and once it is full, what was used longest ago of whoever holds most gives way to who holds less, and
/// to the first thing of one who holds nothing. So however many addresses somebody has, they crowd out
/// each other. What this machine's own programs have had kept gives way to nobody else.
struct FairRoom<Item> {
    private struct Entry {
        let client: String
        let size: Int
        /// When it was added or used last: the count of such uses.
        var use: UInt64
        var item: Item
    }

    /// What became of something that was to be kept.
    enum Admission {
        /// It is kept; the items that gave way to it are not any more.
        case kept(gaveWay: [Item])
        /// The client holds as much as one may.
        case refused
    }

    private let capacity: Int
    private var entries: [UInt64: Entry] = [:]
    private var held: [String: Int] = [:]
    private var total = 0
    private var uses: UInt64 = 0

    /// The names of clients on this machine, which is its owner's.
    private static var owner: Set<String> { ["127.0.0.1", "::1"] }

    /// Room for items whose sizes add up to `capacity`.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How much one client may hold.
    var share: Int { capacity / 4 }

    var count: Int { entries.count }

    var items: [Item] { entries.values.map(\.item) }

    subscript(name: UInt64) -> Item? {
        get { entries[name]?.item }
        set {
            guard let newValue else { return _ = remove(name) }
            entries[name]?.item = newValue
        }
    }

    /// Whether `size` more fits in without anything giving way to it.
    func hasRoom(for size: Int) -> Bool { total + size <= capacity }

    /// Notes that what is kept under `name` is used.
    mutating func touch(_ name: UInt64) {
        uses += 1
        entries[name]?.use = uses
    }

    /// Keeps `item` of `size` under a new `name` for `client`. Where it is refused, nothing has
    /// given way to it.
    mutating func add(
        _ item: Item, under name: UInt64, size: Int = 1, of client: String
    ) -> Admission {
        let own = held[client, default: 0] + size
        guard own <= share else { return .refused }
        var gaveWay: [Item] = []
        if !hasRoom(for: size) {
            var room = self
            guard let items = room.makeRoom(for: size, own, of: client) else { return .refused }
            (self, gaveWay) = (room, items)
        }
        uses += 1
        entries[name] = Entry(client: client, size: size, use: uses, item: item)
        held[client] = own
        total += size
        return .kept(gaveWay: gaveWay)
    }

    /// Lets go of what whoever holds most has used longest ago until `size` fits in, for `client`, which
    /// then holds `own`; nil if nobody else may be asked for it.
    private mutating func makeRoom(for size: Int, _ own: Int, of client: String) -> [Item]? {
        let (isFirst, isOwner) = (own == size, Self.owner.contains(client))
        var gaveWay: [Item] = []
        while !hasRoom(for: size) {
            let others = held.filter { !Self.owner.contains($0.key) }
            guard let most = others.values.max(),
                isOwner || most > own || isFirst && most == own,
                let oldest = entries.filter({ others[$0.value.client] == most })
                    .min(by: { $0.value.use < $1.value.use }),
                let item = remove(oldest.key)
            else { return nil }
            gaveWay.append(item)
        }
        return gaveWay
    }

    /// Lets go of what is kept under `name`.
    @discardableResult
    mutating func remove(_ name: UInt64) -> Item? {
        guard let entry = entries.removeValue(forKey: name) else { return nil }
        let rest = held[entry.client, default: 0] - entry.size
        held[entry.client] = rest > 0 ? rest : nil
        total -= entry.size
        return entry.item
    }

    /// Lets go of every item for which `isOver` holds.
    mutating func remove(where isOver: (Item) -> Bool) {
        for (name, entry) in entries where isOver(entry.item) { remove(name) }
    }
}
