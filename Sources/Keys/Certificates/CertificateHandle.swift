import COpenSSL
import Protocol

/// One of the library's certificates.
///
/// It is changed only while it is made, by the one who makes it; then it is only read, and its
/// count of references is atomic, so it may be used from any thread.
final class CertificateHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init() throws(CertificateError) {
        guard let certificate = X509_new() else { throw .library(step: "make a certificate") }
        pointer = certificate
    }

    init(pem: Bytes) throws(CertificateError) {
        guard let bio = MemoryText(pem),
            let certificate = PEM_read_bio_X509(bio.pointer, nil, { _, _, _, _ in -1 }, nil)
        else { throw .unreadable(what: "certificate") }
        pointer = certificate
    }

    deinit { X509_free(pointer) }

    var pem: Bytes {
        guard let bio = MemoryText(), PEM_write_bio_X509(bio.pointer, pointer) == 1 else {
            fatalError("OpenSSL could not write a certificate to memory")
        }
        return bio.content
    }

    var der: Bytes {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(pointer, &encoded)
        guard count > 0, let encoded else {
            fatalError("OpenSSL could not encode a certificate")
        }
        defer { CRYPTO_free(encoded, #file, #line) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(count)))
    }

    /// Sets the fields of a node's certificate, all but the signature.
    func fill(
        subject: CertificateSubject, publicKey: CertificateKey, issuer: CertificateHandle
    ) throws(CertificateError) {
        try fillIdentity(
            name: subject.commonName, days: subject.days, publicKey: publicKey, issuer: issuer)
        try add(NID_basic_constraints, "critical,CA:FALSE", issuer: issuer)
        try add(NID_key_usage, "critical,digitalSignature", issuer: issuer)
        try add(NID_ext_key_usage, "serverAuth,clientAuth", issuer: issuer)
        if let names = try subject.alternativeNames {
            try add(NID_subject_alt_name, names, issuer: issuer)
        }
        try addKeyIdentifiers(issuer: issuer)
    }

    /// Sets the fields of an authority's certificate, all but the signature.
    func fillAuthority(
        name: String, days: UInt32, publicKey: CertificateKey, isLocal: Bool
    ) throws(CertificateError) {
        try fillIdentity(name: name, days: days, publicKey: publicKey, issuer: self)
        if isLocal { try add(NID_name_constraints, Self.local, issuer: self) }
        try add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", issuer: self)
        try add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer: self)
        try addKeyIdentifiers(issuer: self)
    }

    /// The names and addresses of the machine itself.
    private static let local = """
        critical,permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0,\
        permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
        """

    func sign(with key: CertificateKey) throws(CertificateError) {
        guard X509_sign(pointer, key.pointer, EVP_sha256()) > 0 else {
            throw .library(step: "sign the certificate")
        }
    }

    private func fillIdentity(
        name: String, days: UInt32, publicKey: CertificateKey, issuer: CertificateHandle
    ) throws(CertificateError) {
        try setSerialNumber()
        // An hour back, so that a neighbour whose clock is slow can use it at once.
        guard X509_set_version(pointer, 2) == 1,
            X509_gmtime_adj(X509_getm_notBefore(pointer), -3_600) != nil,
            X509_time_adj_ex(X509_getm_notAfter(pointer), Int32(clamping: days), 0, nil) != nil,
            X509_set_pubkey(pointer, publicKey.pointer) == 1
        else { throw .library(step: "set the certificate's fields") }
        try setName(name)
        guard X509_set_issuer_name(pointer, X509_get_subject_name(issuer.pointer)) == 1 else {
            throw .library(step: "set the issuer's name")
        }
    }

    private func setSerialNumber() throws(CertificateError) {
        var serial = Bytes.random(count: 16)
        serial[0] = serial[0] & 0x7f | 0x40
        guard let number = BN_bin2bn(serial, Int32(serial.count), nil) else {
            throw .library(step: "make a serial number")
        }
        defer { BN_free(number) }
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil else {
            throw .library(step: "set the serial number")
        }
    }

    private func setName(_ name: String) throws(CertificateError) {
        let text = Array(name.utf8)
        guard !text.isEmpty, text.count <= 64, !text.contains(where: { $0 < 32 || $0 == 127 }),
            X509_NAME_add_entry_by_NID(
                X509_get_subject_name(pointer), NID_commonName, utf8, text, Int32(text.count), -1, 0
            ) == 1
        else { throw .name(name) }
    }

    private func addKeyIdentifiers(issuer: CertificateHandle) throws(CertificateError) {
        try add(NID_subject_key_identifier, "hash", issuer: issuer)
        if issuer !== self {
            try add(NID_authority_key_identifier, "keyid:always", issuer: issuer)
        }
    }

    private func add(
        _ kind: Int32, _ value: String, issuer: CertificateHandle
    ) throws(CertificateError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer.pointer, pointer, nil, nil, 0)
        guard let element = X509V3_EXT_nconf_nid(nil, &context, kind, value) else {
            throw .library(step: "make the extension \(value)")
        }
        defer { X509_EXTENSION_free(element) }
        guard X509_add_ext(pointer, element, -1) == 1 else {
            throw .library(step: "add the extension \(value)")
        }
    }
}

/// The library's MBSTRING_UTF8, a macro over another one.
private let utf8: Int32 = 0x1000
