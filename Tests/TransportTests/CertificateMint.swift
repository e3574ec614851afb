import COpenSSL
import Transport

/// Makes keys and certificates for the tests.
struct CertificateMint {
    struct Failure: Error {
        let step: String
    }

    enum KeyKind {
        case ed25519
        case p256
    }

    /// A certificate and its key as PEM.
    struct Pair {
        let certificate: [UInt8]
        let key: [UInt8]

        func identity() throws -> TLSIdentity {
            try TLSIdentity(certificatePEM: certificate, privateKeyPEM: key)
        }
    }

    /// A self-signed certificate for `name`, valid from and until so many seconds from now.
    static func make(
        _ name: String, kind: KeyKind = .ed25519, from: Int = -3600, until: Int = 86_400
    ) throws -> Pair {
        guard let key = kind == .p256 ? busbar_EVP_EC_gen_p256() : busbar_EVP_ED25519_gen(),
            let x509 = X509_new()
        else { throw Failure(step: "key") }
        defer {
            EVP_PKEY_free(key)
            X509_free(x509)
        }
        X509_set_version(x509, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(x509), Int.random(in: 1...Int(Int32.max)))
        X509_gmtime_adj(X509_getm_notBefore(x509), from)
        X509_gmtime_adj(X509_getm_notAfter(x509), until)
        let subject = X509_get_subject_name(x509)
        let text = Array(name.utf8)
        X509_NAME_add_entry_by_txt(
            subject, "CN", MBSTRING_UTF8, text, Int32(text.count), -1, 0)
        X509_set_issuer_name(x509, subject)
        X509_set_pubkey(x509, key)
        try add(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1", to: x509)
        try add(NID_basic_constraints, "critical,CA:TRUE", to: x509)
        guard X509_sign(x509, key, kind == .p256 ? EVP_sha256() : nil) > 0 else {
            throw Failure(step: "sign")
        }
        return Pair(
            certificate: try pem { PEM_write_bio_X509($0, x509) },
            key: try pem { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) })
    }

    private static func add(_ kind: Int32, _ value: String, to x509: OpaquePointer) throws {
        guard let piece = X509V3_EXT_nconf_nid(nil, nil, kind, value) else {
            throw Failure(step: "extension")
        }
        defer { X509_EXTENSION_free(piece) }
        X509_add_ext(x509, piece, -1)
    }

    private static func pem(_ write: (OpaquePointer) -> Int32) throws -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { throw Failure(step: "memory") }
        defer { BIO_free(bio) }
        guard write(bio) == 1 else { throw Failure(step: "PEM") }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        let count = BIO_read(bio, &bytes, Int32(bytes.count))
        guard count == bytes.count else { throw Failure(step: "PEM") }
        return bytes
    }
}
