import Protocol

/// Keys that are the same in every run.
enum Keys {
    static func key(_ number: UInt8) throws -> PrivateKey {
        guard let key = PrivateKey(secret: Bytes(repeating: 0, count: 31) + [number]) else {
            throw MalformedBytes("no key")
        }
        return key
    }
}
