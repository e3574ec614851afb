internal import COpenSSL

/// A certificate with its private key (Ed25519 or ECDSA on P-256).
package struct TLSIdentity: Sendable {
    /// The certificate that the other side will see.
    package let certificate: PeerCertificate
    let credential: Credential

    /// How many certificates may stand behind the first one.
    private static let longestChain = 8

    /// Reads both from PEM; what stands behind the first certificate vouches for it, and is shown too.
    /// Throws `configuration` where one cannot be read, the key is of another kind, or they do not
    /// belong together.
    package init(certificatePEM: [UInt8], privateKeyPEM: [UInt8]) throws(TransportError) {
        guard let x509 = readCertificate(pem: certificatePEM) else {
            throw .configuration("no certificate in the PEM text")
        }
        ERR_clear_error()
        // Without an answer to the question for a password, OpenSSL would ask the terminal.
        let key = withReadBIO(privateKeyPEM) {
            PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let key else {
            X509_free(x509)
            throw .configuration(
                "no private key in the PEM text, or an encrypted one; a node's key is not encrypted"
            )
        }
        credential = Credential(
            x509: x509, key: key,
            chain: readCertificates(pem: certificatePEM, after: 1, most: Self.longestChain))
        let kind = EVP_PKEY_get_base_id(key)
        guard kind == EVP_PKEY_ED25519 || (kind == EVP_PKEY_EC && EVP_PKEY_get_bits(key) == 256)
        else { throw .configuration("the private key is neither Ed25519 nor P-256") }
        guard X509_check_private_key(x509, key) == 1 else {
            throw .configuration("the private key does not belong to the certificate")
        }
        guard let certificate = PeerCertificate(x509: x509) else {
            throw .configuration("the certificate cannot be read")
        }
        self.certificate = certificate
    }

    /// Owns the OpenSSL objects. They are never changed after `init`, and OpenSSL counts
    /// its own references atomically: so they may be shared between threads.
    final class Credential: @unchecked Sendable {
        let x509: OpaquePointer
        let key: OpaquePointer
        /// What vouches for `x509`, each for the one before.
        let chain: [OpaquePointer]

        init(x509: OpaquePointer, key: OpaquePointer, chain: [OpaquePointer]) {
            self.x509 = x509
            self.key = key
            self.chain = chain
        }

        deinit {
            X509_free(x509)
            EVP_PKEY_free(key)
            for link in chain { X509_free(link) }
        }
    }
}
