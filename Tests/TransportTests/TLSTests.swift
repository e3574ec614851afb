import NIOCore
import TestKit
import Testing

@testable import Transport

@Suite struct TLSTests {
    @Test func `two nodes that know each other exchange a request`() async throws {
        let neighbours = try Neighbours()
        let answer: Answer = { request, response in
            let body = try await request.collectBody()
            let name = request.peer?.commonName ?? "nobody"
            try await response.respond(status: 200, body: bytes("\(name) said ") + body)
        }
        try await withServer(try neighbours.server(), answer: answer) { server in
            let client = try await dial(server.boundPort, try neighbours.client())
            let answer = try await client.request(
                method: "POST", path: "/hello", body: bytes("good morning"))
            #expect(answer.status == 200)
            #expect(text(answer.body) == "here said good morning")
            #expect(client.peer.commonName == "there")
            #expect(client.peer.fingerprint.count == 32)
            client.close()
            #expect(await client.closed() == .connectionClosed("by this side"))
        }
    }

    @Test func `a server shows another certificate to those who come after`() async throws {
        let (old, new) = try (CertificateMint.make("old"), CertificateMint.make("new"))
        func pinned(_ pair: CertificateMint.Pair) throws -> ClientSecurity {
            .fingerprinted(try PeerCertificate(pem: pair.certificate).fingerprint)
        }
        let answer: Answer = { _, response in try await response.respond(status: 200) }
        try await withServer(.server(try old.identity()), answer: answer) { server in
            let before = try await dial(server.boundPort, try pinned(old))
            #expect(try await before.request(method: "GET", path: "/").status == 200)
            try server.show(try new.identity())
            #expect(try await before.request(method: "GET", path: "/").status == 200)
            let after = try await dial(server.boundPort, try pinned(new))
            #expect(try await after.request(method: "GET", path: "/").status == 200)
            await #expect {
                _ = try await dial(server.boundPort, try pinned(old))
            } throws: {
                guard case TransportError.certificateRefused(let text) = $0 else { return false }
                return text.contains("it is another one, SHA-256")
            }
            before.close()
            after.close()
        }
    }

    @Test func `what vouches for a certificate is shown with it`() throws {
        let (leaf, middle) = try (CertificateMint.make("leaf"), CertificateMint.make("middle"))
        let alone = try leaf.identity()
        #expect(alone.credential.chain.isEmpty)
        let both = try TLSIdentity(
            certificatePEM: leaf.certificate + middle.certificate, privateKeyPEM: leaf.key)
        #expect(both.credential.chain.count == 1)
        #expect(both.certificate == alone.certificate)
        let many = Array(repeating: middle.certificate, count: 40).flatMap { $0 }
        let bounded = try TLSIdentity(
            certificatePEM: leaf.certificate + many, privateKeyPEM: leaf.key)
        #expect(bounded.credential.chain.count == 8)
        _ = try TLSContext(server: .server(both), clock: systemWallClock)
    }

    @Test func `a stranger's certificate is refused, counted and logged with its reason`()
        async throws
    {
        let neighbours = try Neighbours()
        let stranger = try CertificateMint.make("stranger")
        let log = LogLines()
        try await withServer(try neighbours.server(), logger: log.logger) { server in
            let security = ClientSecurity.mutual(
                try stranger.identity(), try allow(neighbours.there))
            await #expect {
                _ = try await dial(server.boundPort, security)
            } throws: {
                guard case TransportError.refusedByPeer = $0 else { return false }
                return true
            }
            #expect(server.counters.handshakeFailures == [.refused: 1])
            let fingerprint = try PeerCertificate(pem: stranger.certificate).fingerprintHex
            let lines = log.all.filter { $0.contains("certificate refused") }
            #expect(lines.count == 1)
            #expect(lines.first?.contains("not on the list") == true)
            #expect(lines.first?.contains("subject=stranger") == true)
            #expect(lines.first?.contains(fingerprint) == true)
        }
    }

    @Test func `a self-made certificate with a known name is refused`() async throws {
        let neighbours = try Neighbours()
        let forged = try CertificateMint.make("here")
        try await withServer(try neighbours.server()) { server in
            let security = ClientSecurity.mutual(
                try forged.identity(), try allow(neighbours.there))
            await #expect(throws: TransportError.self) {
                _ = try await dial(server.boundPort, security)
            }
            #expect(server.counters.handshakeFailures == [.refused: 1])
            #expect(server.counters.requests == 0)
        }
    }

    @Test func `a client without a certificate is refused`() async throws {
        let neighbours = try Neighbours()
        try await withServer(try neighbours.server()) { server in
            let security = ClientSecurity.trusting(caPEM: neighbours.there.certificate)
            await #expect {
                _ = try await dial(server.boundPort, security)
            } throws: {
                guard case TransportError.refusedByPeer(let text) = $0 else { return false }
                return text.contains("certificate required")
            }
            #expect(server.counters.handshakeFailures == [.noCertificate: 1])
        }
    }

    @Test(arguments: [
        (-7200, -3600, HandshakeFailure.expired), (3600, 7200, HandshakeFailure.notYetValid),
    ])
    func `a certificate out of its time is refused even when it is on the list`(
        from: Int, until: Int, kind: HandshakeFailure
    ) async throws {
        let there = try CertificateMint.make("there")
        let old = try CertificateMint.make("old", from: from, until: until)
        let security = ServerSecurity.mutual(try there.identity(), try allow(old))
        try await withServer(security) { server in
            let client = ClientSecurity.mutual(try old.identity(), try allow(there))
            await #expect {
                _ = try await dial(server.boundPort, client)
            } throws: {
                guard case TransportError.refusedByPeer = $0 else { return false }
                return true
            }
            #expect(server.counters.handshakeFailures == [kind: 1])
        }
    }

    @Test func `the configured clock decides what has expired`() async throws {
        let neighbours = try Neighbours()
        let end = try PeerCertificate(pem: neighbours.here.certificate).notAfter
        for (now, isAccepted) in [(end, true), (end + 1, false)] {
            let server = try await Server.start(
                ServerConfiguration(security: try neighbours.server(), clock: { now }),
                handler: ClosureHandler(body: echo), eventLoopGroup: group, log: .none)
            let client = try? await dial(server.boundPort, try neighbours.client())
            #expect((client != nil) == isAccepted)
            client?.close()
            await server.shutdown(grace: .zero)
        }
    }

    @Test func `a client refuses a server it does not know, and says why`() async throws {
        let neighbours = try Neighbours()
        let impostor = try CertificateMint.make("there")
        let security = ServerSecurity.mutual(try impostor.identity(), { _ in .accept })
        try await withServer(security) { server in
            await #expect(throws: TransportError.certificateRefused("not on the list")) {
                _ = try await dial(server.boundPort, try neighbours.client())
            }
            try await eventually("the server counts it") {
                server.counters.handshakeFailures == [.refusedByPeer: 1]
            }
        }
    }

    @Test func `a client that knows the very certificate takes no other`() async throws {
        let node = try CertificateMint.make("here", kind: .p256, from: -7_200, until: -3_600)
        let other = try CertificateMint.make("here", kind: .p256)
        let pinned = ClientSecurity.pinned(try PeerCertificate(pem: node.certificate))
        // Dates do not count: a machine whose clock is wrong must be able to ask its own node.
        try await withServer(.server(try node.identity())) { server in
            let client = try await dial(server.boundPort, pinned)
            #expect(try await client.request(method: "GET", path: "/").status == 200)
            client.close()
        }
        try await withServer(.server(try other.identity())) { server in
            await #expect {
                _ = try await dial(server.boundPort, pinned)
            } throws: {
                guard case TransportError.certificateRefused(let text) = $0 else { return false }
                return text.hasPrefix("it is another one")
            }
            #expect(server.counters.requests == 0)
        }
    }

    @Test func `a client trusts a server by its authority and its host name`() async throws {
        let there = try CertificateMint.make("there", kind: .p256)
        let other = try CertificateMint.make("other")
        try await withServer(.server(try there.identity())) { server in
            let client = try await dial(
                server.boundPort, .trusting(caPEM: there.certificate))
            let answer = try await client.request(method: "GET", path: "/a?b=c")
            #expect(answer.headers[.xPath] == "/a?b=c")
            client.close()
            await #expect {
                _ = try await dial(server.boundPort, .trusting(caPEM: other.certificate))
            } throws: {
                guard case TransportError.certificateRefused = $0 else { return false }
                return true
            }
        }
    }

    @Test func `bytes that are no TLS end the connection and are counted`() async throws {
        let neighbours = try Neighbours()
        try await withServer(try neighbours.server()) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            try await eventually("closed") { client.isClosed }
            #expect(server.counters.handshakeFailures == [.incompatible: 1])
        }
    }

    @Test func `a handshake that never ends is cut off`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.handshakeTimeout = .milliseconds(100)
        try await withServer(try neighbours.server(), limits: limits) { server in
            let client = try await RawClient.connect(server.boundPort)
            try await eventually("closed") { client.isClosed }
            #expect(server.counters.handshakeFailures == [.timeout: 1])
        }
    }

    @Test func `a key that is not the certificate's is not taken`() throws {
        let (one, two) = (try CertificateMint.make("one"), try CertificateMint.make("two"))
        #expect(throws: TransportError.self) {
            try TLSIdentity(certificatePEM: one.certificate, privateKeyPEM: two.key)
        }
        #expect(throws: TransportError.configuration("no certificate in the PEM text")) {
            try TLSIdentity(certificatePEM: bytes("nothing"), privateKeyPEM: two.key)
        }
    }

    /// The terminal would be asked for its password, and the start would wait for ever.
    @Test(.timeLimit(.minutes(1))) func `an encrypted key is refused without a question`() throws {
        let pair = try CertificateMint.make("one")
        let encrypted = Array(
            """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh90smmTw0BqQICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEArG04saMBSBsvXKn413/AYEQP29
            Xt/wwrCUFVV7UHsyRUS+BtzHZZ2emB+QqkC+SgXswpdseXsk75HR2GJuWekfbnzK
            gLhXLgePkjmdXCTWiF8=
            -----END ENCRYPTED PRIVATE KEY-----

            """.utf8)
        let error = #expect(throws: TransportError.self) {
            try TLSIdentity(certificatePEM: pair.certificate, privateKeyPEM: encrypted)
        }
        #expect("\(String(describing: error))".contains("an encrypted one"))
    }

    @Test func `names in certificates cannot forge log lines`() throws {
        let pair = try CertificateMint.make("evil\nwarning: all is well")
        let name = try PeerCertificate(pem: pair.certificate).commonName
        #expect("\(name)" == "evil\\nwarning: all is well")
    }

    @Test func `a port without a listener is unreachable`() async throws {
        let neighbours = try Neighbours()
        let server = try await Server.start(
            ServerConfiguration(security: .none), handler: ClosureHandler(body: echo),
            eventLoopGroup: group, log: .none)
        let port = server.boundPort
        await server.shutdown(grace: .zero)
        await #expect {
            _ = try await dial(port, try neighbours.client())
        } throws: {
            guard case TransportError.unreachable = $0 else { return false }
            return true
        }
    }
}
