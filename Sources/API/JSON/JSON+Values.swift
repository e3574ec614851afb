package import Protocol

// How hashes, addresses, amounts and times are written.
extension JSON {
    /// `0x` and the bytes' digits in base 16.
    package static func data(_ bytes: Bytes) -> JSON { .string("0x" + Hexadecimal.encode(bytes)) }
    package static func hash(_ hash: Hash32) -> JSON { .string(hash.description) }
    package static func address(_ address: Address) -> JSON { .string(address.description) }

    /// An address, or null where zero or none says that there is none.
    package static func addressIfAny(_ address: Address?) -> JSON {
        .string(address.flatMap { $0 == .zero ? nil : $0.description })
    }

    /// Base units, as a decimal string.
    package static func amount(_ amount: TokenAmount) -> JSON { .string(String(amount.baseUnits)) }
    package static func time(_ time: Timestamp) -> JSON { .string(RFC3339.text(time)) }
    package static func time(_ time: MarketTime) -> JSON { .string(RFC3339.text(time)) }
}

// What a text says, if it says it.
extension JSON {
    /// A hash.
    package var hash: Hash32? { text.flatMap { Hash32(hexadecimal: $0.verbatim) } }

    /// An address.
    package var address: Address? { text.flatMap { Address(hexadecimal: $0.verbatim) } }

    /// Bytes.
    package var data: Bytes? { text.flatMap { Hexadecimal.decode($0.verbatim) } }
}
