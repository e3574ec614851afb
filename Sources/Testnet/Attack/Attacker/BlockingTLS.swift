import COpenSSL
import Console
import Keys
import Protocol

/// What all TLS connections of one attacker or probe have in common. It looks at no certificate.
///
/// `SSL_CTX` is not changed after `init` and counts its references atomically: so threads may share
/// it.
final class BlockingTLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    let isServer: Bool

    /// Settings of a side that shows `identity`, if any, and speaks the first of `protocols` that
    /// the other one knows.
    init(
        showing identity: NodeCertificate? = nil, protocols: [String] = ["h2"],
        isServer: Bool = false
    ) throws(SocketFailure) {
        let method = isServer ? TLS_server_method() : TLS_client_method()
        guard let context = SSL_CTX_new(method) else { throw .unreadable("no TLS context") }
        (pointer, self.isServer) = (context, isServer)
        busbar_SSL_CTX_set_safe_options(context)
        if let identity { try Self.show(identity, on: context) }
        guard !isServer else { return }
        let names = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        // Zero is success for this function alone.
        guard SSL_CTX_set_alpn_protos(context, names, UInt32(names.count)) == 0 else {
            throw .unreadable("ALPN")
        }
    }

    deinit { SSL_CTX_free(pointer) }

    private static func show(
        _ identity: NodeCertificate, on context: OpaquePointer
    ) throws(SocketFailure) {
        let isShown = read(identity.certificatePEM) { bio in
            guard let certificate = PEM_read_bio_X509(bio, nil, nil, nil) else { return false }
            defer { X509_free(certificate) }
            return SSL_CTX_use_certificate(context, certificate) == 1
        }
        let isSigned = read(identity.keyPEM) { bio in
            guard let key = PEM_read_bio_PrivateKey(bio, nil, nil, nil) else { return false }
            defer { EVP_PKEY_free(key) }
            return SSL_CTX_use_PrivateKey(context, key) == 1
        }
        guard isShown, isSigned else { throw .unreadable("a certificate or its key") }
    }

    private static func read(_ pem: Bytes, _ body: (OpaquePointer) -> Bool) -> Bool {
        pem.withUnsafeBytes { buffer in
            guard let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else {
                return false
            }
            defer { BIO_free(bio) }
            return body(bio)
        }
    }
}

/// A TLS connection whose records its owner holds in the hand: it can send half of one, or a key
/// update without anything in it. It belongs to one thread.
final class BlockingTLS: ByteChannel {
    let socket: LoopbackSocket
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// Connects and shakes hands, as if `distance` ms away there and back.
    convenience init(
        to port: UInt16, from address: LoopbackAddress = .owner, _ context: BlockingTLSContext,
        distance: UInt32 = 0, timeout: Double = 5
    ) throws(SocketFailure) {
        let socket = try LoopbackSocket(to: port, from: address, timeout: timeout)
        // The connection stands before the other side's answer is here.
        Terminal.pause(milliseconds: distance)
        try self.init(over: socket, context)
        try shakeHands(distance: distance, timeout: timeout)
    }

    /// A connection over `socket` before its handshake.
    init(over socket: LoopbackSocket, _ context: BlockingTLSContext) throws(SocketFailure) {
        guard let ssl = SSL_new(context.pointer), let incoming = busbar_BIO_new_memory(),
            let outgoing = busbar_BIO_new_memory()
        else { throw .unreadable("no TLS connection") }
        // From here the connection owns both buffers.
        SSL_set_bio(ssl, incoming, outgoing)
        context.isServer ? SSL_set_accept_state(ssl) : SSL_set_connect_state(ssl)
        (self.socket, self.ssl) = (socket, ssl)
        (self.incoming, self.outgoing) = (incoming, outgoing)
    }

    deinit { SSL_free(ssl) }

    func close() { socket.close() }

    func shakeHands(distance: UInt32 = 0, timeout: Double = 5) throws(SocketFailure) {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while true {
            ERR_clear_error()
            let result = SSL_do_handshake(ssl)
            try flush(timeout: timeout)
            if result == 1 { return }
            guard SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else {
                throw .unreadable("the handshake failed")
            }
            Terminal.pause(milliseconds: distance)
            try take(from: socket.receive(timeout: max(0, (deadline - .now) / .seconds(1))))
        }
    }

    /// What begins the handshake, unsent: the ClientHello.
    func greeting() -> Bytes {
        ERR_clear_error()
        _ = SSL_do_handshake(ssl)
        return records()
    }

    func send(_ bytes: Bytes, timeout: Double = 5) throws(SocketFailure) {
        try socket.send(sealed(bytes), timeout: timeout)
    }

    /// The records that carry `bytes`, unsent.
    func sealed(_ bytes: Bytes) throws(SocketFailure) -> Bytes {
        var rest = bytes[...]
        while !rest.isEmpty {
            ERR_clear_error()
            let count = rest.withUnsafeBytes {
                SSL_write(ssl, $0.baseAddress, Int32(clamping: $0.count))
            }
            guard count > 0 else { throw .closed }
            rest = rest.dropFirst(Int(count))
        }
        return records()
    }

    /// Sends `count` key updates (RFC 8446, section 4.6.3), each of which asks for one in return if
    /// `asksBack`; returns how many bytes went out.
    func updateKeys(_ count: Int, asksBack: Bool) throws(SocketFailure) -> Int {
        let kind = asksBack ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED
        for _ in 0..<count {
            ERR_clear_error()
            guard SSL_key_update(ssl, Int32(kind)) == 1, SSL_do_handshake(ssl) == 1 else {
                throw .closed
            }
        }
        let bytes = records()
        try socket.send(bytes)
        return bytes.count
    }

    func receive(timeout: Double = 5) throws(SocketFailure) -> Bytes {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while true {
            let bytes = try opened()
            try flush(timeout: timeout)
            if !bytes.isEmpty { return bytes }
            try take(from: socket.receive(timeout: max(0, (deadline - .now) / .seconds(1))))
        }
    }

    private func take(from bytes: Bytes) throws(SocketFailure) {
        guard BIO_write(incoming, bytes, Int32(bytes.count)) == bytes.count else {
            throw .unreadable("no memory for TLS records")
        }
    }

    private func opened() throws(SocketFailure) -> Bytes {
        var bytes: Bytes = []
        var piece = Bytes(repeating: 0, count: 16_384)
        while true {
            ERR_clear_error()
            let count = SSL_read(ssl, &piece, Int32(piece.count))
            if count > 0 {
                bytes += piece[..<Int(count)]
            } else if SSL_get_error(ssl, count) == SSL_ERROR_WANT_READ || !bytes.isEmpty {
                return bytes
            } else {
                throw .closed
            }
        }
    }

    private func records() -> Bytes {
        let count = busbar_BIO_pending(outgoing)
        guard count > 0 else { return [] }
        var bytes = Bytes(repeating: 0, count: count)
        let read = BIO_read(outgoing, &bytes, Int32(clamping: count))
        return Array(bytes.prefix(Int(max(0, read))))
    }

    private func flush(timeout: Double) throws(SocketFailure) {
        let bytes = records()
        if !bytes.isEmpty { try socket.send(bytes, timeout: timeout) }
    }
}
