/// A table while a text is read: it knows how it came to be, and so what may be added to it.
final class TOMLTree {
    private enum Entry {
        case value(SettingsValue)
        case table(TOMLTree)
        case list([TOMLTree])
    }

    private enum Origin {
        /// Named on the way to another by a header.
        case passing
        /// Has a header of its own.
        case header
        /// Made by the dots in a key.
        case dots
    }

    private var entries: [String: Entry] = [:]
    private var origin = Origin.header

    var values: [String: SettingsValue] {
        entries.mapValues { entry in
            switch entry {
            case .value(let value): value
            case .table(let table): .table(table.values)
            case .list(let tables): .list(tables.map { .table($0.values) })
            }
        }
    }

    /// The table under `names`, as a header goes there; nil if something else is in the way.
    func descend(_ names: ArraySlice<String>) -> TOMLTree? {
        guard let name = names.first else { return self }
        switch entries[name] {
        case nil: return make(name, .passing).descend(names.dropFirst())
        case .table(let table)?: return table.descend(names.dropFirst())
        case .list(let tables)?: return tables.last?.descend(names.dropFirst())
        case .value?: return nil
        }
    }

    /// The table under `names`, as a key with dots goes there; nil if something is in the way.
    func extend(_ names: ArraySlice<String>) -> TOMLTree? {
        guard let name = names.first else { return self }
        switch entries[name] {
        case nil: return make(name, .dots).extend(names.dropFirst())
        case .table(let table)? where table.origin == .dots:
            return table.extend(names.dropFirst())
        default: return nil
        }
    }

    /// The table of the header `[name]`; nil if it has been said already what stands there.
    func open(_ name: String) -> TOMLTree? {
        switch entries[name] {
        case nil: return make(name, .header)
        case .table(let table)? where table.origin == .passing:
            table.origin = .header
            return table
        default: return nil
        }
    }

    /// A new table in the list of the header `[[name]]`; nil if there is something else.
    func append(_ name: String) -> TOMLTree? {
        let table = TOMLTree()
        switch entries[name] {
        case nil: entries[name] = .list([table])
        case .list(let tables)?: entries[name] = .list(tables + [table])
        default: return nil
        }
        return table
    }

    /// Sets a key; false if it has a value already.
    func set(_ name: String, to value: SettingsValue) -> Bool {
        guard entries[name] == nil else { return false }
        entries[name] = .value(value)
        return true
    }

    private func make(_ name: String, _ origin: Origin) -> TOMLTree {
        let table = TOMLTree()
        table.origin = origin
        entries[name] = .table(table)
        return table
    }
}
