extension FixedWidthInteger where Self: UnsignedInteger {
    /// The number's octets, most significant first, as many as the type is wide.
    public var bigEndianBytes: Bytes {
        (0..<Self.bitWidth / 8).map {
            UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0))
        }
    }

    /// Reads a number of at most the type's width, most significant octet first.
    ///
    /// Returns nil if there are more octets than the type holds; no octets are zero.
    public init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.bitWidth / 8 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}
