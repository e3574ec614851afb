import Client
import Console
import Keys
import Ledger
import NIOPosix
import Protocol
import Synchronization
import TestKit
import Testing
import Transport

@testable import API

/// What a program signs for a listener that is no node.
@Suite struct `A lying node` {
    /// Takes no transaction, and says each time that another one has the nonce.
    private final class Liar: RequestHandler {
        /// The transactions that it was given.
        let given = Mutex<[String]>([])
        /// What it says is the account's next nonce after the final ones.
        let finalNonce = Mutex<UInt64>(0)
        private let goesUp: Bool

        init(goesUp: Bool = false) { self.goesUp = goesUp }

        func handle(_ request: Request, _ response: ResponseWriter) async throws {
            let body = try JSON(decoding: try await request.collectBody())
            if let raw = body["raw"]?.verbatim {
                given.withLock { $0.append(raw) }
                if goesUp { finalNonce.withLock { $0 += 1 } }
                var problem = Problem(SubmissionRefusal(.nonceTooLow, "the nonce is used"))
                problem.detail = "the nonce is used"
                return try await Reply.problem(problem).send(to: response)
            }
            let isPending = body["params"]?[1]?.verbatim == "pending"
            let result: JSON =
                switch body["method"]?.verbatim {
                case "eth_call": "0x"
                default: .quantity(isPending ? 0 : finalNonce.withLock { $0 })
                }
            try await Reply.json(["jsonrpc": "2.0", "id": body["id"] ?? .null, "result": result])
                .send(to: response)
        }
    }

    /// Runs `body` while `handler` listens.
    private func whileListening<Result>(
        _ handler: any RequestHandler, _ security: ServerSecurity, port: Int = 0,
        _ body: (Server) async throws -> Result
    ) async throws -> Result {
        let server = try await Server.start(
            ServerConfiguration(port: port, security: security), handler: handler,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, log: .none)
        do {
            let result = try await body(server)
            await server.shutdown(grace: .zero)
            return result
        } catch {
            await server.shutdown(grace: .zero)
            throw error
        }
    }

    /// Has a command send a transaction by way of `node`; how that failed.
    private func send(
        by node: @escaping @Sendable () throws -> NodeClient
    ) async throws -> CommandFailure? {
        try await BlockingCall.run {
            do {
                let submitter = Submitter(key: .random(), chainID: 7)
                _ = try submitter.send(
                    TokenCall.cancelPurchase(), to: NativeContract.token, at: node(),
                    waitingFor: 1)
                return nil
            } catch let failure as CommandFailure {
                return failure
            }
        }
    }

    /// A node's certificate for its API, and how a server shows it.
    private static func certificate() throws -> (made: NodeCertificate, server: ServerSecurity) {
        let made = try NodeCertificate(selfSigned: CertificateSubject(commonName: "h01 API"))
        return (
            made,
            .server(
                try TLSIdentity(certificatePEM: made.certificatePEM, privateKeyPEM: made.keyPEM))
        )
    }

    /// Runs `body` with a file that holds `certificate`.
    private func withFile(
        of certificate: NodeCertificate, _ body: (String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/api.pem"
            try DurableFile.write(certificate.certificatePEM, to: file)
            try await body(file)
        }
    }

    /// Whether it says that the account's nonces stand still, or go up with each that it gets.
    @Test(arguments: [false, true])
    func `gets one signature a command`(goesUp: Bool) async throws {
        let liar = Liar(goesUp: goesUp)
        let failure = try await whileListening(liar, .none) { server in
            try await send { try NodeClient(url: "http://127.0.0.1:\(server.boundPort)") }
        }
        #expect(failure?.refusal == .nonceTooLow)
        #expect(liar.given.withLock { $0.count } == 1)
    }

    @Test func `that answers by drops is not waited for`() async throws {
        struct Dripper: RequestHandler {
            func handle(_ request: Request, _ response: ResponseWriter) async throws {
                try await response.send(status: 200)
                while true {
                    try await response.write([UInt8(ascii: " ")])
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }
        let failure = try await whileListening(Dripper(), .none) { server in
            try await send {
                try NodeClient(
                    url: "http://127.0.0.1:\(server.boundPort)", timeoutSeconds: 1)
            }
        }
        #expect(failure?.description.contains("no answer in time") == true)
    }

    /// Its certificate differs in its key alone.
    @Test func `with a certificate of its own gets nothing`() async throws {
        let (liar, node, other) = (Liar(), try Self.certificate(), try Self.certificate())
        try await withFile(of: node.made) { file in
            try await whileListening(liar, other.server) { server in
                let url = "https://127.0.0.1:\(server.boundPort)"
                let failure = try await send {
                    NodeClient(try PinnedHTTP(url: url, certificate: file))
                }
                #expect(failure?.status == .unreachable)
                let text = failure?.description ?? ""
                #expect(text.contains("shows another certificate than \(file)"), "\(text)")
                #expect(text.contains("nothing was sent"), "\(text)")
                #expect(server.counters.requests == 0)
                #expect(server.counters.handshakeFailures == [.refusedByPeer: 1])
            }
        }
        #expect(liar.given.withLock { $0.isEmpty })
    }

    @Test func `that shows no certificate gets nothing`() async throws {
        let (liar, node) = (Liar(), try Self.certificate())
        try await withFile(of: node.made) { file in
            try await whileListening(liar, .none) { server in
                let url = "https://127.0.0.1:\(server.boundPort)"
                let failure = try await send {
                    NodeClient(try PinnedHTTP(url: url, certificate: file))
                }
                #expect(failure?.status == .unreachable)
                let text = failure?.description ?? ""
                #expect(text.contains("does not show the certificate \(file)"), "\(text)")
                #expect(server.counters.requests == 0)
            }
            let silent = try TakenPort()
            let failure = try await send {
                let url = "https://127.0.0.1:\(silent.port)"
                return NodeClient(
                    try PinnedHTTP(url: url, certificate: file, timeoutSeconds: 1))
            }
            #expect(failure?.status == .unreachable)
            withExtendedLifetime(silent) {}
        }
    }

    @Test func `is told from the node, which is asked on one connection that is kept`() async throws
    {
        let (liar, node) = (Liar(), try Self.certificate())
        try await withFile(of: node.made) { file in
            var port = 0
            let http = try await whileListening(liar, node.server) { server in
                port = server.boundPort
                let http = try PinnedHTTP(url: "https://127.0.0.1:\(port)", certificate: file)
                let failure = try await send { NodeClient(http) }
                #expect(failure?.refusal == .nonceTooLow)
                #expect(server.counters.requests > 3)
                #expect(server.counters.accepted == 1)
                return http
            }
            #expect(liar.given.withLock { $0.count } == 1)
            // The node is started again.
            try await whileListening(liar, node.server, port: port) { server in
                let height = try await BlockingCall.run { try NodeClient(http).height() }
                #expect(height == 0)
                #expect(server.counters.accepted == 1)
            }
        }
    }
}
