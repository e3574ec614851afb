import COpenSSL
package import Protocol

/// The community's own certificate authority: it signs its nodes' certificates, so that browsers
/// and programs need to trust one certificate alone.
package struct CertificateAuthority: Sendable {
    private let certificate: CertificateHandle
    private let key: CertificateKey
    private let name: String

    /// Makes a new authority named `name` that holds for `days`.
    package init(name: String, days: UInt32 = 3_650) throws(CertificateError) {
        key = try CertificateKey()
        certificate = try CertificateHandle()
        self.name = name
        try certificate.fillAuthority(name: name, days: days, publicKey: key)
        try certificate.sign(with: key)
    }

    /// Reads an authority from PEM.
    package init(certificatePEM: Bytes, keyPEM: Bytes) throws(CertificateError) {
        certificate = try CertificateHandle(pem: certificatePEM)
        key = try CertificateKey(pem: keyPEM)
        guard X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
            throw .foreignKey
        }
        guard X509_check_ca(certificate.pointer) == 1 else {
            throw .unreadable(what: "certificate of an authority")
        }
        name = certificate.commonName
    }

    /// Makes a key and a certificate for `subject`, signed by this authority.
    package func issue(_ subject: CertificateSubject) throws(CertificateError) -> NodeCertificate {
        let nodeKey = try CertificateKey()
        let issued = try CertificateHandle()
        try issued.fill(
            subject: subject, publicKey: nodeKey, issuer: certificate, issuerName: name)
        try issued.sign(with: key)
        return NodeCertificate(certificate: issued, key: nodeKey)
    }

    /// Whether the first certificate in `pem` bears this authority's signature.
    package func hasSigned(certificatePEM pem: Bytes) -> Bool {
        do throws(CertificateError) {
            let other = try CertificateHandle(pem: pem)
            return X509_verify(other.pointer, key.pointer) == 1
        } catch {
            return false
        }
    }

    /// The authority's certificate in PEM: what others are to trust.
    package var certificatePEM: Bytes { certificate.pem }

    /// The authority's private key in PEM (PKCS #8), not encrypted: for files of mode 0600.
    package var keyPEM: Bytes { key.pem }

    /// Writes both files: the certificate for everyone to read, the key for the owner alone.
    package func write(certificateFile: String, keyFile: String) throws(FileError) {
        try DurableFile.write(keyPEM, to: keyFile)
        try DurableFile.write(certificatePEM, to: certificateFile, readableBy: .everyone)
    }
}

extension CertificateHandle {
    /// The subject's common name; empty where there is none.
    fileprivate var commonName: String {
        guard let subject = X509_get_subject_name(pointer) else { return "" }
        let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard index >= 0, let entry = X509_NAME_get_entry(subject, index) else { return "" }
        var text: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry))
        guard count >= 0, let text else { return "" }
        defer { CRYPTO_free(text, #file, #line) }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
    }
}
