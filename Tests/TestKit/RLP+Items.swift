package import Protocol

extension RLP {
    /// The items of a list; nil for a string.
    package var items: [RLP]? {
        guard var fields = try? RLPFields(self, of: "list") else { return nil }
        var items: [RLP] = []
        while !fields.isAtEnd, let item = try? fields.item() { items.append(item) }
        return items
    }
}
