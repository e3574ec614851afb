import COpenSSL
package import Protocol

/// The community's own certificate authority: it signs its nodes' certificates, so that browsers
/// and programs need to trust one certificate alone.
package struct CertificateAuthority: Sendable {
    private let pair: NodeCertificate

    /// Makes a new authority named `name` that holds for `days`; with `isLocal`, for names and
    /// addresses of the machine itself alone: whoever trusts it, or steals its key, gets no other
    /// site with it.
    package init(
        name: String, days: UInt32 = 3_650, isLocal: Bool = false
    ) throws(CertificateError) {
        pair = NodeCertificate(certificate: try CertificateHandle(), key: try CertificateKey())
        try pair.certificate.fillAuthority(
            name: name, days: days, publicKey: pair.key, isLocal: isLocal)
        try pair.certificate.sign(with: pair.key)
    }

    /// Reads an authority from PEM.
    package init(certificatePEM: Bytes, keyPEM: Bytes) throws(CertificateError) {
        pair = try NodeCertificate(certificatePEM: certificatePEM, keyPEM: keyPEM)
        guard X509_check_ca(pair.certificate.pointer) == 1 else {
            throw .unreadable(what: "certificate of an authority")
        }
    }

    /// Makes a key and a certificate for `subject`, signed by this authority.
    package func issue(_ subject: CertificateSubject) throws(CertificateError) -> NodeCertificate {
        let nodeKey = try CertificateKey()
        let issued = try CertificateHandle()
        try issued.fill(subject: subject, publicKey: nodeKey, issuer: pair.certificate)
        try issued.sign(with: pair.key)
        return NodeCertificate(certificate: issued, key: nodeKey)
    }

    /// Whether the first certificate in `pem` bears this authority's signature.
    package func hasSigned(certificatePEM pem: Bytes) -> Bool {
        do throws(CertificateError) {
            let other = try CertificateHandle(pem: pem)
            return X509_verify(other.pointer, pair.key.pointer) == 1
        } catch {
            return false
        }
    }

    /// The authority's certificate in PEM: what others are to trust.
    package var certificatePEM: Bytes { pair.certificatePEM }

    /// The authority's private key in PEM (PKCS #8), not encrypted: for files of mode 0600.
    package var keyPEM: Bytes { pair.keyPEM }

    /// Writes both files: the certificate for everyone to read, the key for the owner alone.
    package func write(certificateFile: String, keyFile: String) throws(FileError) {
        try pair.write(certificateFile: certificateFile, keyFile: keyFile)
    }
}
