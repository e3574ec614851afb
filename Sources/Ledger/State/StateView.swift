public import Protocol

/// Whatever knows the state's value at each key, and so everything that the state tells.
public protocol StateView {
    /// The value at `key`, or nil.
    func value(at key: StateKey) -> Bytes?
    /// All parameters that the chain began with.
    var parameters: Genesis { get }
}

extension StateView {
    /// Reads a record that this module wrote. State from outside is checked when it is read in,
    /// so what cannot be read here is a broken invariant.
    func record<Content: Record>(at key: StateKey) -> Content? {
        guard let bytes = value(at: key) else { return nil }
        do {
            return try Content(decoding: bytes)
        } catch {
            fatalError("the state is damaged at 0x\(Hexadecimal.encode(key.bytes)): \(error)")
        }
    }

    func address(at key: StateKey) -> Address? {
        value(at: key).flatMap { Address(bytes: $0) }
    }

    var counters: Counters { record(at: .counters) ?? .none }
}

extension StateView {
    /// What the ledger keeps of `address`; of any that it does not know, that it is untouched.
    public func account(_ address: Address) -> Account {
        record(at: .account(address)) ?? .untouched
    }
}
