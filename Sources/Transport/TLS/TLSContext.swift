internal import COpenSSL

internal import Glibc

/// How a server protects its connections.
package enum ServerSecurity: Sendable {
    /// Plain HTTP/1.1, for loopback.
    case none
    /// TLS 1.2 or later with the server's certificate alone; HTTP/2 or HTTP/1.1 by ALPN.
    case server(TLSIdentity)
    /// TLS 1.3 with certificates on both sides; HTTP/2 alone.
    case mutual(TLSIdentity, CertificatePolicy)
}

/// How a client protects its connection; always TLS, and HTTP/2.
package enum ClientSecurity: Sendable {
    /// TLS 1.3 with certificates on both sides.
    case mutual(TLSIdentity, CertificatePolicy)
    /// The server's certificate must chain to one of the PEM text's and name the host.
    case trusting(caPEM: [UInt8])
    /// TLS 1.3; the server must show this very certificate, whomever it names and until when.
    case pinned(PeerCertificate)
    /// TLS 1.3; the server must show the certificate with this SHA-256, whomever it names and until
    /// when.
    case fingerprinted([UInt8])
}

extension ClientSecurity {
    /// Accepts the one certificate that is known, and no other.
    fileprivate var policy: CertificatePolicy? {
        switch self {
        case .mutual(_, let policy): return policy
        case .trusting: return nil
        case .pinned(let known):
            return { $0.der == known.der ? .accept : Self.another($0) }
        case .fingerprinted(let sha256):
            return { $0.fingerprint == sha256 ? .accept : Self.another($0) }
        }
    }

    private static func another(_ shown: PeerCertificate) -> CertificateDecision {
        .refuse("it is another one, SHA-256 \(shown.fingerprintHex)")
    }
}

/// The time of day as the system has it.
package let systemWallClock: WallClock = { Int64(time(nil)) }

/// OpenSSL's settings for all connections of one server or client.
///
/// `SSL_CTX` is not changed after `init` and counts its references atomically: so it may be
/// shared between the threads of an event loop group.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Nil where OpenSSL itself verifies (or nobody is verified).
    let policy: CertificatePolicy?
    let clock: WallClock
    /// Whether a certificate out of its time is refused.
    let judgesDates: Bool
    let requiresHTTP2: Bool
    private let protocols: UnsafeMutableBufferPointer<UInt8>

    init(server security: ServerSecurity, clock: @escaping WallClock) throws(TransportError) {
        self.clock = clock
        judgesDates = true
        switch security {
        case .none:
            throw .configuration("a plain server needs no TLS context")
        case .server(let identity):
            (policy, requiresHTTP2) = (nil, false)
            (pointer, protocols) = try makeContext(
                TLS_server_method(), identity, oldest: TLS1_2_VERSION, ["h2", "http/1.1"])
        case .mutual(let identity, let policy):
            (self.policy, requiresHTTP2) = (policy, true)
            (pointer, protocols) = try makeContext(
                TLS_server_method(), identity, oldest: TLS1_3_VERSION, ["h2"])
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
            SSL_CTX_set_cert_verify_callback(pointer, verifyCertificate, nil)
        }
        let owner = Unmanaged.passUnretained(self).toOpaque()
        SSL_CTX_set_alpn_select_cb(pointer, selectProtocol, owner)
    }

    init(client security: ClientSecurity, clock: @escaping WallClock) throws(TransportError) {
        self.clock = clock
        requiresHTTP2 = true
        switch security {
        case .pinned, .fingerprinted: judgesDates = false
        case .mutual, .trusting: judgesDates = true
        }
        switch security {
        case .mutual(let identity, let policy):
            self.policy = policy
            (pointer, protocols) = try makeContext(
                TLS_client_method(), identity, oldest: TLS1_3_VERSION, ["h2"])
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            SSL_CTX_set_cert_verify_callback(pointer, verifyCertificate, nil)
        case .trusting(let caPEM):
            policy = nil
            (pointer, protocols) = try makeContext(
                TLS_client_method(), nil, oldest: TLS1_2_VERSION, ["h2"])
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            try trust(caPEM)
        case .pinned, .fingerprinted:
            policy = security.policy
            (pointer, protocols) = try makeContext(
                TLS_client_method(), nil, oldest: TLS1_3_VERSION, ["h2"])
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            SSL_CTX_set_cert_verify_callback(pointer, verifyCertificate, nil)
        }
        // Zero is success for this function alone.
        guard SSL_CTX_set_alpn_protos(pointer, protocols.baseAddress, UInt32(protocols.count)) == 0
        else { throw .configuration("ALPN") }
    }

    deinit {
        SSL_CTX_free(pointer)
        protocols.deallocate()
    }

    /// Chooses from a client's offer by the server's order of preference.
    fileprivate func select(
        _ offer: UnsafePointer<UInt8>?, _ count: UInt32,
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        _ chosenCount: UnsafeMutablePointer<UInt8>?
    ) -> Int32 {
        var result: UnsafeMutablePointer<UInt8>?
        let outcome = SSL_select_next_proto(
            &result, chosenCount, protocols.baseAddress, UInt32(protocols.count), offer, count)
        chosen?.pointee = UnsafePointer(result)
        return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
    }

    private func trust(_ caPEM: [UInt8]) throws(TransportError) {
        let store = SSL_CTX_get_cert_store(pointer)
        let count: Int? = withReadBIO(caPEM) { bio in
            var count = 0
            while let x509 = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) {
                if X509_STORE_add_cert(store, x509) == 1 { count += 1 }
                X509_free(x509)
            }
            return count
        }
        ERR_clear_error()
        guard let count, count > 0 else {
            throw .configuration("no certificate to trust in the PEM text")
        }
    }
}

private func makeContext(
    _ method: OpaquePointer?, _ identity: TLSIdentity?, oldest: Int32, _ names: [String]
) throws(TransportError) -> (OpaquePointer, UnsafeMutableBufferPointer<UInt8>) {
    ERR_clear_error()
    guard let context = SSL_CTX_new(method) else { throw .configuration("no TLS context") }
    busbar_SSL_CTX_set_safe_options(context)
    var usable = busbar_SSL_CTX_set_min_proto_version(context, oldest) == 1
    if let credential = identity?.credential {
        usable =
            usable && SSL_CTX_use_certificate(context, credential.x509) == 1
            && SSL_CTX_use_PrivateKey(context, credential.key) == 1
            && credential.chain.allSatisfy { busbar_SSL_CTX_add_chain_cert(context, $0) == 1 }
    }
    guard usable else {
        SSL_CTX_free(context)
        throw .configuration("TLS version, certificate or key: \(opensslReason())")
    }
    let wire = names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    let protocols = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: wire.count)
    _ = protocols.initialize(from: wire)
    return (context, protocols)
}

/// The text of OpenSSL's last error, which it takes from the queue.
func opensslReason() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let text = ERR_reason_error_string(code) else { return "unknown" }
    return String(cString: text)
}

private func selectProtocol(
    _: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offer: UnsafePointer<UInt8>?,
    _ count: UInt32, _ owner: UnsafeMutableRawPointer?
) -> Int32 {
    guard let owner else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let context = Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
    return context.select(offer, count, chosen, chosenCount)
}

/// Replaces OpenSSL's building of chains: the session asks its policy.
private func verifyCertificate(
    _ store: OpaquePointer?, _: UnsafeMutableRawPointer?
) -> Int32 {
    guard let ssl = busbar_X509_STORE_CTX_get_ssl(store),
        let owner = SSL_get_ex_data(ssl, 0)
    else { return 0 }
    let session = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
    guard let verdict = session.verify(X509_STORE_CTX_get0_cert(store)) else { return 1 }
    X509_STORE_CTX_set_error(store, verdict)
    return 0
}
