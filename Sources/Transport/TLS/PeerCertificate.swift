internal import COpenSSL
package import Protocol

/// A leaf certificate, as the other side of a connection showed it.
package struct PeerCertificate: Sendable, Hashable {
    /// The certificate's DER bytes.
    package let der: [UInt8]
    /// SHA-256 of `der`, 32 bytes: what a node is known by.
    package let fingerprint: [UInt8]
    /// The subject's common name, as whoever made the certificate chose it; for people, never to
    /// decide by.
    package let commonName: UntrustedText
    /// Valid from, in seconds since 1970 UTC.
    package let notBefore: Int64
    /// Valid until, in seconds since 1970 UTC.
    package let notAfter: Int64

    /// Reads the first certificate of a PEM text; throws `configuration` where there is none.
    package init(pem: [UInt8]) throws(TransportError) {
        guard let x509 = readCertificate(pem: pem) else {
            throw .configuration("no certificate in the PEM text")
        }
        defer { X509_free(x509) }
        guard let certificate = PeerCertificate(x509: x509) else {
            throw .configuration("the certificate cannot be read")
        }
        self = certificate
    }

    /// Copies what matters out of OpenSSL's certificate; nil where it cannot be encoded.
    init?(x509: OpaquePointer) {
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509(x509, &encoded)
        guard length > 0, let encoded else { return nil }
        defer { CRYPTO_free(encoded, #file, #line) }
        var digest = [UInt8](repeating: 0, count: 32)
        var digestLength: UInt32 = 0
        guard X509_digest(x509, EVP_sha256(), &digest, &digestLength) == 1, digestLength == 32
        else { return nil }
        der = Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
        fingerprint = digest
        commonName = subjectCommonName(x509)
        notBefore = busbar_ASN1_TIME_seconds(X509_get0_notBefore(x509))
        notAfter = busbar_ASN1_TIME_seconds(X509_get0_notAfter(x509))
    }

    /// The fingerprint in lower-case hexadecimal digits.
    package var fingerprintHex: String {
        fingerprint.reduce(into: "") { text, byte in
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
    }
}

/// A policy's answer about a certificate.
package enum CertificateDecision: Sendable {
    /// The other side may connect.
    case accept
    /// It may not, with the reason for the log.
    case refuse(String)
}

/// Decides about the other side's leaf certificate, on the event loop: it must not block.
///
/// No chain is built; Transport itself has refused a certificate out of its time before.
package typealias CertificatePolicy = @Sendable (PeerCertificate) -> CertificateDecision

/// The time of day, in seconds since 1970 UTC.
package typealias WallClock = @Sendable () -> Int64

/// Reads the first certificate of a PEM text; the caller frees it.
func readCertificate(pem: [UInt8]) -> OpaquePointer? {
    ERR_clear_error()
    return withReadBIO(pem) { PEM_read_bio_X509($0, nil, { _, _, _, _ in -1 }, nil) }
}

/// Reads the certificates of a PEM text behind the first `count`, `most` at most; the caller frees them.
func readCertificates(pem: [UInt8], after count: Int, most: Int) -> [OpaquePointer] {
    let found: [OpaquePointer]? = withReadBIO(pem) { bio in
        var found: [OpaquePointer] = []
        while found.count < count + most,
            let x509 = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil)
        {
            found.append(x509)
        }
        return found
    }
    // The end of the text is an error to OpenSSL.
    ERR_clear_error()
    guard let found else { return [] }
    for x509 in found.prefix(count) { X509_free(x509) }
    return Array(found.dropFirst(count))
}

/// A read-only BIO over bytes, for the duration of `body`.
func withReadBIO<Result>(_ bytes: [UInt8], _ body: (OpaquePointer) -> Result?) -> Result? {
    bytes.withUnsafeBytes { buffer in
        guard let length = Int32(exactly: buffer.count),
            let bio = BIO_new_mem_buf(buffer.baseAddress, length)
        else { return nil }
        defer { BIO_free(bio) }
        return body(bio)
    }
}

private func subjectCommonName(_ x509: OpaquePointer) -> UntrustedText {
    guard let name = X509_get_subject_name(x509) else { return "" }
    let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard index >= 0, let entry = X509_NAME_get_entry(name, index) else { return "" }
    var utf8: UnsafeMutablePointer<UInt8>?
    let length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry))
    guard length >= 0, let utf8 else { return "" }
    defer { CRYPTO_free(utf8, #file, #line) }
    let bytes = UnsafeBufferPointer(start: utf8, count: Int(length))
    return UntrustedText(String(decoding: bytes, as: UTF8.self))
}
