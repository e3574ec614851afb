internal import COpenSSL
internal import NIOCore

/// Why a handshake failed, for a server's counters.
package enum HandshakeFailure: String, Sendable, CaseIterable {
    /// The other side showed no certificate.
    case noCertificate = "no_certificate"
    /// The other side's certificate is past its time.
    case expired
    /// The other side's certificate is before its time.
    case notYetValid = "not_yet_valid"
    /// The policy refused the other side's certificate.
    case refused
    /// The other side refused this side's certificate.
    case refusedByPeer = "refused_by_peer"
    /// The handshake took too long.
    case timeout
    /// The connection closed before the handshake ended.
    case closed
    /// No common application protocol, version or cipher; or not TLS at all.
    case incompatible
}

/// One TLS connection between two memory buffers: no socket, no event loop.
///
/// Belongs to the event loop of its channel.
final class TLSSession {
    struct Failure: Error {
        let kind: HandshakeFailure
        let error: TransportError

        /// What it is once the handshake is done.
        var afterHandshake: any Error {
            guard case .handshake(let text) = error else { return error }
            return ConnectionBreach(
                kind: .malformedTLS, error: .protocolViolation("TLS: \(text)"))
        }
    }

    /// The leaf certificate of the other side, once it has been looked at.
    private(set) var peer: PeerCertificate?
    private(set) var refusal: Failure?
    private let context: TLSContext
    let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// Counts the records, once the handshake is done.
    private var records: RecordGuard?

    init(_ context: TLSContext, host: String?) throws(TransportError) {
        guard let ssl = SSL_new(context.pointer) else { throw .configuration("no TLS session") }
        guard let incoming = busbar_BIO_new_memory(), let outgoing = busbar_BIO_new_memory()
        else {
            SSL_free(ssl)
            throw .configuration("no memory for a TLS session")
        }
        // From here the session owns both buffers.
        SSL_set_bio(ssl, incoming, outgoing)
        (self.context, self.ssl) = (context, ssl)
        (self.incoming, self.outgoing) = (incoming, outgoing)
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        guard let host else {
            SSL_set_accept_state(ssl)
            return
        }
        SSL_set_connect_state(ssl)
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        if !isAddress { _ = busbar_SSL_set_tlsext_host_name(ssl, host) }
        if context.policy == nil {
            let parameters = SSL_get0_param(ssl)
            let named =
                isAddress
                ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host)
                : X509_VERIFY_PARAM_set1_host(parameters, host, 0)
            X509_VERIFY_PARAM_set_time(parameters, time_t(context.clock()))
            guard named == 1 else { throw .configuration("host name \(host)") }
        }
    }

    deinit {
        SSL_free(ssl)
    }

    func receive(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { buffer in
            guard let base = buffer.baseAddress, let count = Int32(exactly: buffer.count) else {
                return
            }
            BIO_write(incoming, base, count)
        }
    }

    /// Moves the handshake on; true once it is complete. What comes after it is counted against
    /// `limits`.
    func handshake(_ limits: TransportLimits) throws(Failure) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            records = RecordGuard(limits)
            SSL_set_msg_callback(ssl, noteRecord)
            return true
        }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
        default: throw failure()
        }
    }

    /// The application protocol that both sides agreed on, if any.
    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// Appends all plaintext that has arrived; false once the other side has closed.
    ///
    /// Throws `Failure`, or `ConnectionBreach` for records that are too many for what they bring.
    func decrypt(into plaintext: inout ByteBuffer) throws -> Bool {
        while true {
            var result: Int32 = 0
            ERR_clear_error()
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { space in
                let count = Int32(clamping: space.count)
                result = SSL_read(ssl, space.baseAddress, count)
                return max(0, Int(result))
            }
            if let breach = records?.breach { throw breach }
            if result > 0 {
                records?.brought(Int(result))
                continue
            }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return true
            case SSL_ERROR_ZERO_RETURN: return false
            default: throw failure()
            }
        }
    }

    /// Encrypts all of `plaintext`; the result waits in the outgoing buffer.
    func encrypt(_ plaintext: ByteBuffer) throws(Failure) {
        let complete = plaintext.withUnsafeReadableBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                ERR_clear_error()
                let count = SSL_write(ssl, part.baseAddress, Int32(clamping: part.count))
                guard count > 0 else { return false }
                rest = rest.dropFirst(Int(count))
            }
            return true
        }
        guard complete else { throw failure() }
    }

    /// Announces the end of this side's data.
    func shutdown() {
        ERR_clear_error()
        SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// The number of encrypted bytes that wait for the network.
    var outgoingBytes: Int {
        busbar_BIO_pending(outgoing)
    }

    /// How many bytes from the network have not been decrypted: about what plaintext to expect.
    var incomingBytes: Int {
        busbar_BIO_pending(incoming)
    }

    /// Moves the encrypted bytes to `buffer`.
    func drain(into buffer: inout ByteBuffer) {
        let waiting = outgoingBytes
        guard waiting > 0 else { return }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: waiting) { space in
            max(0, Int(BIO_read(outgoing, space.baseAddress, Int32(clamping: waiting))))
        }
    }

    /// The other side's certificate if it was refused here.
    var refusedPeer: PeerCertificate? {
        refusal == nil ? nil : peer
    }

    /// Remembers the other side's certificate when OpenSSL verified it by itself.
    func rememberPeer() {
        guard peer == nil, let x509 = SSL_get1_peer_certificate(ssl) else { return }
        peer = PeerCertificate(x509: x509)
        X509_free(x509)
    }
}

extension TLSSession {
    /// A record's header has come in. Beyond its measure nothing more is read: what has arrived is
    /// thrown away, since OpenSSL would go through all of it in one call.
    fileprivate func recordBegan() {
        records?.began(at: .now())
        if records?.breach != nil { busbar_BIO_empty(incoming) }
    }

    /// Asks clock and policy; nil to accept, otherwise OpenSSL's code, which chooses the alert.
    func verify(_ x509: OpaquePointer?) -> Int32? {
        guard let x509, let certificate = PeerCertificate(x509: x509) else {
            refuse(.refused, "it cannot be read")
            return X509_V_ERR_CERT_REJECTED
        }
        peer = certificate
        if context.judgesDates, let verdict = judgeDates(of: certificate) { return verdict }
        switch context.policy?(certificate) ?? .refuse("there is no policy") {
        case .accept: return nil
        case .refuse(let reason):
            refuse(.refused, reason)
            return X509_V_ERR_CERT_REJECTED
        }
    }

    private func judgeDates(of certificate: PeerCertificate) -> Int32? {
        let now = context.clock()
        guard now >= certificate.notBefore else {
            refuse(.notYetValid, "it is not yet valid")
            return X509_V_ERR_CERT_NOT_YET_VALID
        }
        guard now <= certificate.notAfter else {
            refuse(.expired, "it has expired")
            return X509_V_ERR_CERT_HAS_EXPIRED
        }
        return nil
    }

    private func refuse(_ kind: HandshakeFailure, _ reason: String) {
        refusal = Failure(kind: kind, error: .certificateRefused(reason))
    }

    /// What OpenSSL's error queue says.
    private func failure() -> Failure {
        if let refusal { return refusal }
        let code = ERR_peek_last_error()
        let reason = busbar_ERR_GET_REASON(code)
        let library = busbar_ERR_GET_LIB(code)
        let text = opensslReason()
        guard library == ERR_LIB_SSL else {
            return Failure(kind: .incompatible, error: .handshake(text))
        }
        switch reason {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return Failure(kind: .noCertificate, error: .certificateRefused("none was shown"))
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            let result = SSL_get_verify_result(ssl)
            let detail = X509_verify_cert_error_string(result).map { String(cString: $0) }
            return Failure(kind: .refused, error: .certificateRefused(detail ?? text))
        case 1042...1046, 1048, 1049, 1116:
            // OpenSSL's reasons from 1000 on are alerts of the other side: these are about the
            // certificate (RFC 8446, section 6.2).
            return Failure(kind: .refusedByPeer, error: .refusedByPeer(text))
        default:
            return Failure(kind: .incompatible, error: .handshake(text))
        }
    }
}

/// OpenSSL tells of what it reads and writes; of interest are the headers of records that come in.
private func noteRecord(
    _ isWritten: Int32, _: Int32, _ type: Int32, _: UnsafeRawPointer?, _: Int,
    _ ssl: OpaquePointer?, _: UnsafeMutableRawPointer?
) {
    guard isWritten == 0, type == SSL3_RT_HEADER, let ssl,
        let owner = SSL_get_ex_data(ssl, 0)
    else { return }
    Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue().recordBegan()
}
