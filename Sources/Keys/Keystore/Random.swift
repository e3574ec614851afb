package import Protocol

extension [UInt8] {
    /// `count` bytes from the system's source of randomness, fit for keys.
    package static func random(count: Int) -> Bytes {
        (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }
}

extension PrivateKey {
    /// A new key from the system's source of randomness.
    package static func random() -> PrivateKey {
        while true {
            // All but one in 2^128 draws are below the curve's order.
            if let key = PrivateKey(secret: Bytes.random(count: 32)) { return key }
        }
    }
}
