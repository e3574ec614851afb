import COpenSSL

/// SHA-256 (FIPS 180-4), through the system's OpenSSL.
public enum SHA256 {
    /// The digest of `bytes`.
    public static func hash(_ bytes: Bytes) -> Hash32 {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
            let output = digest.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard busbar_SHA256(bytes, bytes.count, output) == 1 else {
                fatalError("OpenSSL could not compute a SHA-256")
            }
            return Hash32(bytes: UnsafeRawBufferPointer(digest))
        }
    }
}
