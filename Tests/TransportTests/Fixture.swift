import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Transport

/// A handler made of a closure.
struct ClosureHandler: RequestHandler {
    let body: @Sendable (Request, ResponseWriter) async throws -> Void

    func handle(_ request: Request, _ response: ResponseWriter) async throws {
        try await body(request, response)
    }
}

extension HTTPField.Name {
    static let xPath = Self(token: "x-path")
    static let xSum = Self(token: "x-sum")
}

typealias Answer = @Sendable (Request, ResponseWriter) async throws -> Void

/// Sends every chunk of a request back as it comes.
let echo: Answer = { request, response in
    try await response.send(status: 200, headers: [.xPath: "\(request.path)"])
    for try await bytes in request.body { try await response.write(bytes) }
    try await response.finish()
}

let group = MultiThreadedEventLoopGroup.singleton

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Keeps the lines that are logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] {
        lines.withLock { $0 }
    }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
            let line = "\(event.level) \(event.message) \(fields.joined(separator: " "))"
            lines.lines.withLock { $0.append(line) }
        }
    }
}

/// Accepts the certificates of the pairs given, and no other.
func allow(_ pairs: CertificateMint.Pair...) throws -> CertificatePolicy {
    let known = Set(try pairs.map { try PeerCertificate(pem: $0.certificate).fingerprint })
    return { known.contains($0.fingerprint) ? .accept : .refuse("not on the list") }
}

/// Two nodes that know each other.
struct Neighbours {
    let here: CertificateMint.Pair
    let there: CertificateMint.Pair

    init() throws {
        here = try CertificateMint.make("here")
        there = try CertificateMint.make("there", kind: .p256)
    }

    func server() throws -> ServerSecurity {
        .mutual(try there.identity(), try allow(here))
    }

    func client() throws -> ClientSecurity {
        .mutual(try here.identity(), try allow(there))
    }

    /// Sends a request as an honest node does, and expects the answer.
    func expectService(
        of server: Server, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let client = try await dial(server.boundPort, try client())
        let stream = try await client.openStream(path: "/honest")
        try await stream.write(bytes("hello"))
        try await stream.finish()
        let answer = try await stream.body.collect(upTo: 100, within: .seconds(10))
        #expect(text(answer) == "hello", sourceLocation: sourceLocation)
        client.close()
    }
}

/// Runs a server for the duration of `body`.
func withServer(
    _ security: ServerSecurity, limits: TransportLimits = TransportLimits(), logger: Logger = quiet,
    answer: @escaping Answer = echo, _ body: (Server) async throws -> Void
) async throws {
    let server = try await Server.start(
        ServerConfiguration(security: security, limits: limits),
        handler: ClosureHandler(body: answer), eventLoopGroup: group, log: LimitedLog(logger))
    do {
        try await body(server)
    } catch {
        await server.shutdown(grace: .zero)
        throw error
    }
    await server.shutdown(grace: .zero)
}

/// Connects to a server on loopback.
func dial(
    _ port: Int, _ security: ClientSecurity, limits: TransportLimits = TransportLimits(),
    timeout: Duration = .seconds(5)
) async throws -> ClientConnection {
    try await ClientConnection.connect(
        host: "127.0.0.1", port: port, security: security, eventLoopGroup: group, log: .none,
        limits: limits, timeout: timeout)
}

/// Runs a server and a client that know each other.
func withLink(
    limits: TransportLimits = TransportLimits(), answer: @escaping Answer = echo,
    _ body: (ClientConnection, Server) async throws -> Void
) async throws {
    let neighbours = try Neighbours()
    try await withServer(try neighbours.server(), limits: limits, answer: answer) { server in
        let client = try await dial(server.boundPort, try neighbours.client(), limits: limits)
        try await body(client, server)
        client.close()
    }
}

func bytes(_ text: String) -> [UInt8] {
    Array(text.utf8)
}

func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
}
