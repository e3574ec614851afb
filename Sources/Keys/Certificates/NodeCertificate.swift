import COpenSSL
package import Protocol

/// An X.509 certificate (RFC 5280) with its private key on P-256: what a node shows to others.
package struct NodeCertificate: Sendable {
    let certificate: CertificateHandle
    let key: CertificateKey
}

extension NodeCertificate {
    /// Makes a key and a certificate for `subject` that vouches for itself.
    package init(selfSigned subject: CertificateSubject) throws(CertificateError) {
        let key = try CertificateKey()
        let blank = try CertificateHandle()
        try blank.fill(subject: subject, publicKey: key, issuer: blank)
        try blank.sign(with: key)
        self.init(certificate: blank, key: key)
    }

    /// Reads both from PEM; throws ``CertificateError/foreignKey`` where they are no pair.
    package init(certificatePEM: Bytes, keyPEM: Bytes) throws(CertificateError) {
        let certificate = try CertificateHandle(pem: certificatePEM)
        let key = try CertificateKey(pem: keyPEM)
        guard X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
            throw .foreignKey
        }
        self.init(certificate: certificate, key: key)
    }

    /// The certificate in PEM.
    package var certificatePEM: Bytes { certificate.pem }

    /// The private key in PEM (PKCS #8), not encrypted: for files of mode 0600.
    package var keyPEM: Bytes { key.pem }

    /// The SHA-256 of the certificate's DER: how the ledger knows the node.
    package var fingerprint: Hash32 { SHA256.hash(certificate.der) }

    /// The fingerprint of the first certificate in a PEM text.
    package static func fingerprint(ofPEM pem: Bytes) throws(CertificateError) -> Hash32 {
        SHA256.hash(try CertificateHandle(pem: pem).der)
    }

    /// Writes both files: the certificate for everyone to read, the key for the owner alone.
    package func write(certificateFile: String, keyFile: String) throws(FileError) {
        try DurableFile.write(keyPEM, to: keyFile)
        try DurableFile.write(certificatePEM, to: certificateFile, readableBy: .everyone)
    }
}
