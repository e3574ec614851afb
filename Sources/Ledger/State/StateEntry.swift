public import Protocol

/// One key of the state and its value, as it is stored; or the news that the key is gone. What it is
/// about, ``account`` and each contract's like tell.
public struct StateEntry: Hashable, Sendable {
    /// The key.
    public let key: Bytes
    /// The value; nil if the key was removed.
    public let value: Bytes?

    public init(key: Bytes, value: Bytes?) {
        self.key = key
        self.value = value
    }

    /// The account whose nonce, balance and number of trades it holds; nil if it holds others.
    public var account: Address? { address(in: .account) }

    /// What names it in `table`; nil if it stands in another.
    func name(in table: StateTable) -> ArraySlice<UInt8>? {
        key.first == table.letter ? key.dropFirst() : nil
    }

    func address(in table: StateTable) -> Address? {
        name(in: table).flatMap { Address(bytes: $0) }
    }
}
