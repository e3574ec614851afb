import COpenSSL
import Protocol

/// A private key on P-256, for a certificate.
///
/// The library's object is never changed once it is here, and its count of references is atomic,
/// so it may be used from any thread.
final class CertificateKey: @unchecked Sendable {
    let pointer: OpaquePointer

    init() throws(CertificateError) {
        guard let key = busbar_EVP_EC_gen_p256() else { throw .library(step: "make a P-256 key") }
        pointer = key
    }

    /// Reads an unencrypted key in PEM.
    init(pem: Bytes) throws(CertificateError) {
        // Without an answer of its own the library would ask for a password at the terminal.
        guard let bio = MemoryText(pem),
            let key = PEM_read_bio_PrivateKey(bio.pointer, nil, { _, _, _, _ in -1 }, nil)
        else { throw .unreadable(what: "unencrypted private key") }
        pointer = key
    }

    deinit { EVP_PKEY_free(pointer) }

    /// The key in PEM (PKCS #8), not encrypted: for files of mode 0600.
    var pem: Bytes {
        guard let bio = MemoryText(),
            PEM_write_bio_PrivateKey(bio.pointer, pointer, nil, nil, 0, nil, nil) == 1
        else { fatalError("OpenSSL could not write a key to memory") }
        return bio.content
    }
}

/// Text in memory, as OpenSSL reads and writes it.
final class MemoryText {
    let pointer: OpaquePointer

    init?() {
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        pointer = bio
    }

    convenience init?(_ bytes: Bytes) {
        self.init()
        guard let length = Int32(exactly: bytes.count),
            BIO_write(pointer, bytes, length) == length
        else { return nil }
    }

    deinit { BIO_free(pointer) }

    /// What was written and not yet read.
    var content: Bytes {
        var bytes = Bytes(repeating: 0, count: BIO_ctrl_pending(pointer))
        let count = BIO_read(pointer, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(Int(max(count, 0))))
    }
}
