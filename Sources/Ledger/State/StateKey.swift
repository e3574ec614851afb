public import Protocol

/// Where each thing stands in the state: a letter for its table, then what names it there. Each
/// contract adds the keys of its own tables.
public struct StateKey: Hashable, Sendable {
    /// The key's bytes.
    public let bytes: Bytes

    init(_ table: StateTable, _ name: Bytes = []) {
        var bytes: Bytes = []
        bytes.reserveCapacity(1 + name.count)
        bytes.append(table.letter)
        bytes.append(contentsOf: name)
        self.bytes = bytes
    }

    init(_ table: StateTable, _ address: Address, then rest: Bytes = []) {
        var bytes: Bytes = []
        bytes.reserveCapacity(21 + rest.count)
        bytes.append(table.letter)
        address.append(to: &bytes)
        bytes.append(contentsOf: rest)
        self.bytes = bytes
    }

    init(bytes: Bytes) {
        self.bytes = bytes
    }

    public static func == (left: StateKey, right: StateKey) -> Bool { left.bytes == right.bytes }

    /// Feeds the bytes at once; an array would feed them one by one.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// All parameters that the chain began with.
    public static let parameters = StateKey(.parameters)
    /// How many members and offers there are.
    public static let counters = StateKey(.counters)

    /// An account's nonce, balance and number of trades.
    public static func account(_ address: Address) -> StateKey {
        StateKey(.account, address)
    }
}
