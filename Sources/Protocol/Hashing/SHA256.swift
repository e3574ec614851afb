import COpenSSL

/// SHA-256 (FIPS 180-4), through the system's OpenSSL.
public enum SHA256 {
    /// The digest's algorithm, fetched once: each fetch would cost more than a short hash.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            fatalError("OpenSSL offers no SHA-256: check the system's OpenSSL configuration")
        }
        return algorithm
    }()

    /// The digest of `bytes`.
    public static func hash(_ bytes: Bytes) -> Hash32 {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
            let output = digest.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let done = EVP_Digest(bytes, bytes.count, output, nil, algorithm, nil)
            guard done == 1 else { fatalError("OpenSSL could not compute a SHA-256") }
            return Hash32(octets: UnsafeRawBufferPointer(digest))
        }
    }
}
