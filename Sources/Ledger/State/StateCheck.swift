import Protocol

/// Checks entries that come from outside, so that reading them later cannot fail.
enum StateCheck {
    /// Throws unless each entry is a record of its table, and no key stands twice.
    static func check(_ entries: [StateEntry]) throws(MalformedBytes) {
        var keys: Set<Bytes> = []
        for entry in entries {
            guard keys.insert(entry.key).inserted else { throw fault(entry, "stands twice") }
            guard let table = entry.key.first.flatMap({ StateTable.all[$0] }) else {
                throw fault(entry, "belongs to no table")
            }
            guard let value = entry.value else { throw fault(entry, "has no value") }
            do throws(MalformedBytes) {
                try table.check(value)
            } catch {
                throw fault(entry, "is damaged: \(error)")
            }
        }
    }

    private static func fault(_ entry: StateEntry, _ reason: String) -> MalformedBytes {
        MalformedBytes("state entry 0x\(Hexadecimal.encode(entry.key)) \(reason)")
    }
}
