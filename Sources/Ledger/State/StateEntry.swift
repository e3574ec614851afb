public import Protocol

/// One key of the state and its value, as it is stored; or the news that the key is gone.
public struct StateEntry: Hashable, Sendable {
    /// The key.
    public let key: Bytes
    /// The value; nil if the key was removed.
    public let value: Bytes?

    /// An entry of `key`.
    public init(key: Bytes, value: Bytes?) {
        self.key = key
        self.value = value
    }
}
