import Protocol

/// An ordered set of 32-bit numbers in the state: pages of 256 bits in four levels, each bit of an
/// upper page saying that the page below it is not empty. Adding or removing a number rewrites one
/// page of 32 bytes, rarely more; the next number in order is a few pages away.
struct PagedSet {
    static let pageBytes = 32
    private static let levels = 4

    private let table: StateTable
    private let name: Bytes

    /// The set in `table`, or the one of several there that has `name`.
    init(_ table: StateTable, name: Bytes = []) {
        self.table = table
        self.name = name
    }

    /// Adds `id`. Whether the set was empty before.
    @discardableResult
    func insert(_ id: UInt32, in overlay: inout StateOverlay) -> Bool {
        for level in 0..<Self.levels {
            let key = key(of: id, level: level)
            let page = overlay.value(at: key)
            overlay.set(key, Self.setting(id, level: level, to: true, in: page ?? Self.emptyPage))
            if page != nil { return false }
        }
        return true
    }

    /// Takes `id` out. Whether the set is empty now.
    @discardableResult
    func remove(_ id: UInt32, in overlay: inout StateOverlay) -> Bool {
        for level in 0..<Self.levels {
            let key = key(of: id, level: level)
            guard let page = overlay.value(at: key) else { return false }
            let rest = Self.setting(id, level: level, to: false, in: page)
            let isEmpty = rest == Self.emptyPage
            overlay.set(key, isEmpty ? nil : rest)
            if !isEmpty { return false }
        }
        return true
    }

    /// The smallest id of the set that is at least `id`, or nil.
    func first(from id: UInt32, in view: some StateView) -> UInt32? {
        var candidate = id
        var level = 0
        while true {
            if let page = view.value(at: key(of: candidate, level: level)),
                let bit = Self.firstBit(in: page, from: Self.index(of: candidate, level: level))
            {
                let found = Self.prefix(of: candidate, level: level) << 8 | UInt32(bit)
                if level == 0 { return found }
                candidate = found << UInt32(8 * level)
                level -= 1
            } else {
                level += 1
                guard level < Self.levels, let next = Self.after(candidate, level: level) else {
                    return nil
                }
                candidate = next
            }
        }
    }

    /// The first id beyond the page of `id` that lies below `level`.
    private static func after(_ id: UInt32, level: Int) -> UInt32? {
        let shift = UInt64(8 * level)
        return UInt32(exactly: (UInt64(id) >> shift + 1) << shift)
    }

    private static let emptyPage = Bytes(repeating: 0, count: pageBytes)

    /// What stands above a page's own bits in each of its ids.
    private static func prefix(of id: UInt32, level: Int) -> UInt32 {
        UInt32(UInt64(id) >> UInt64(8 * (level + 1)))
    }

    private static func index(of id: UInt32, level: Int) -> Int {
        Int(id >> UInt32(8 * level) & 255)
    }

    private func key(of id: UInt32, level: Int) -> StateKey {
        StateKey(
            table, name + [UInt8(level)] + Self.prefix(of: id, level: level).bigEndianBytes)
    }

    private static func setting(
        _ id: UInt32, level: Int, to isMember: Bool, in page: Bytes
    ) -> Bytes {
        let index = index(of: id, level: level)
        let bit: UInt8 = 0x80 >> UInt8(index % 8)
        var page = page
        if isMember { page[index / 8] |= bit } else { page[index / 8] &= ~bit }
        return page
    }

    private static func firstBit(in page: Bytes, from start: Int) -> Int? {
        var index = start
        while index < 256 {
            let rest = page[index / 8] << UInt8(index % 8)
            if rest != 0 { return index + rest.leadingZeroBitCount }
            index = (index / 8 + 1) * 8
        }
        return nil
    }
}
