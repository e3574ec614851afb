extension FixedWidthInteger where Self: UnsignedInteger {
    /// The number's bytes, most significant first, as many as the type is wide.
    @inlinable
    public var bigEndianBytes: Bytes {
        withUnsafeBytes(of: bigEndian) { Bytes($0) }
    }

    /// Reads a number of at most the type's width, most significant byte first.
    ///
    /// Returns nil if there are more bytes than the type holds; no bytes are zero.
    @inlinable
    public init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.bitWidth / 8 else { return nil }
        var value: Self = 0
        for byte in bytes { value = value << 8 | Self(byte) }
        self = value
    }
}
