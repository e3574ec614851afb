/// Room for what clients have the node keep, shared among them: one alone may fill a quarter of it,
/// and once it is full, the oldest of whoever holds most gives way to who holds less.
struct FairRoom<Item> {
    private struct Entry {
        let client: String
        let size: Int
        let number: UInt64
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
    private var lastNumber: UInt64 = 0

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

    /// Keeps `item` of `size` under a new `name` for `client`. Where it is refused, nothing has
    /// given way to it.
    mutating func add(
        _ item: Item, under name: UInt64, size: Int = 1, of client: String
    ) -> Admission {
        let own = held[client, default: 0] + size
        guard own <= share else { return .refused }
        var gaveWay: [Item] = []
        if total + size > capacity {
            var room = self
            guard let items = room.makeRoom(for: size, of: own) else { return .refused }
            (self, gaveWay) = (room, items)
        }
        lastNumber += 1
        entries[name] = Entry(client: client, size: size, number: lastNumber, item: item)
        held[client] = own
        total += size
        return .kept(gaveWay: gaveWay)
    }

    /// Lets go of the oldest of whoever holds most until `size` fits in, for one who then holds
    /// `own`; nil if nobody holds more than that.
    private mutating func makeRoom(for size: Int, of own: Int) -> [Item]? {
        var gaveWay: [Item] = []
        while total + size > capacity {
            guard let most = held.max(by: { $0.value < $1.value }), most.value > own,
                let oldest = entries.filter({ $0.value.client == most.key })
                    .min(by: { $0.value.number < $1.value.number }),
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
