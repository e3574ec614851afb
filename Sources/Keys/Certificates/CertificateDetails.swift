import COpenSSL
import Glibc
package import Protocol

/// What a certificate says, for the person who looks at it.
package struct CertificateDetails: Hashable, Sendable {
    /// Whom it is for, as RFC 4514 writes names: `CN=h01`.
    package let subject: UntrustedText
    /// Who vouches for it; the subject itself where it is self-signed.
    package let issuer: UntrustedText
    /// From when it holds.
    package let validFrom: Timestamp
    /// Until when it holds.
    package let validUntil: Timestamp
    /// The SHA-256 of its DER: how the ledger knows a node.
    package let fingerprint: Hash32

    /// Reads the first certificate in a PEM text.
    package init(pem: Bytes) throws(CertificateError) {
        let certificate = try CertificateHandle(pem: pem)
        subject = try Self.text(X509_get_subject_name(certificate.pointer))
        issuer = try Self.text(X509_get_issuer_name(certificate.pointer))
        validFrom = try Self.time(X509_get0_notBefore(certificate.pointer))
        validUntil = try Self.time(X509_get0_notAfter(certificate.pointer))
        fingerprint = SHA256.hash(certificate.der)
    }

    /// Whether the first certificate in `pem` is for `host`, a name or an address.
    package static func certificate(_ pem: Bytes, names host: String) -> Bool {
        guard let certificate = try? CertificateHandle(pem: pem) else { return false }
        return X509_check_host(certificate.pointer, host, host.utf8.count, 0, nil) == 1
            || X509_check_ip_asc(certificate.pointer, host, 0) == 1
    }

    private static func text(_ name: OpaquePointer?) throws(CertificateError) -> UntrustedText {
        // XN_FLAG_RFC2253, a macro over others, but with letters beyond ASCII as they are.
        let flags =
            ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT
            | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER | XN_FLAG_SEP_COMMA_PLUS
            | XN_FLAG_DN_REV | XN_FLAG_DUMP_UNKNOWN_FIELDS
        guard let bio = MemoryText(),
            X509_NAME_print_ex(bio.pointer, name, 0, UInt(flags)) >= 0
        else { throw .library(step: "read the certificate's name") }
        return UntrustedText(String(decoding: bio.content, as: UTF8.self))
    }

    private static func time(
        _ field: UnsafePointer<ASN1_TIME>?
    ) throws(CertificateError) -> Timestamp {
        var parts = tm()
        guard ASN1_TIME_to_tm(field, &parts) == 1, let seconds = UInt64(exactly: timegm(&parts))
        else { throw .library(step: "read the certificate's time") }
        return Timestamp(milliseconds: seconds * 1_000)
    }
}
