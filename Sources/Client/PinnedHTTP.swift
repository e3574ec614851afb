import Console
import HTTPTypes
import Keys
import NIOCore
import NIOPosix
package import Protocol
import Transport

/// HTTP/2 over TLS to a node that shows one certificate and no other; a listener that does not is
/// sent nothing. All copies share one connection.
package struct PinnedHTTP: HTTPClient {
    package var timeoutSeconds: Int
    package let provesNode = true
    private let connection: KeptConnection
    /// Which certificate it trusts, for people: its file or its SHA-256.
    private let certificateName: String

    /// A client of `url`, which is `https://HOST:PORT`, that trusts the certificate in the file
    /// `certificate` and no other.
    package init(url: String, certificate file: String, timeoutSeconds: Int = 10) throws {
        do {
            let certificate = try PeerCertificate(pem: try DurableFile.read(at: file))
            try self.init(url: url, .pinned(certificate), name: file, timeoutSeconds)
        } catch let error as TransportError {
            guard case .configuration(let problem) = error else { throw error }
            throw CommandFailure(.failed, "\(file): \(problem)")
        }
    }

    /// A client of `url` that trusts the certificate with that SHA-256 and no other.
    package init(url: String, fingerprint: Hash32, timeoutSeconds: Int = 10) throws {
        try self.init(
            url: url, .fingerprinted(fingerprint.bytes), name: "with SHA-256 \(fingerprint)",
            timeoutSeconds)
    }

    private init(
        url: String, _ security: ClientSecurity, name: String, _ timeoutSeconds: Int
    ) throws {
        guard let place = Self.place(in: url) else {
            throw CommandFailure(.failed, "\(url) is not https://HOST:PORT, as a node's API has it")
        }
        connection = KeptConnection(
            host: place.host, port: place.port, security: security,
            loop: MultiThreadedEventLoopGroup.singleton.next())
        certificateName = name
        self.timeoutSeconds = timeoutSeconds
    }

    /// The host, an IPv6 address without its brackets, and the port; nil if there is anything else.
    static func place(in url: String) -> (host: String, port: Int)? {
        let scheme = "https://"
        guard url.hasPrefix(scheme) else { return nil }
        var rest = url.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest.removeLast() }
        guard let colon = rest.lastIndex(of: ":") else { return nil }
        let digits = rest[rest.index(after: colon)...]
        guard digits.allSatisfy(\.isNumber), let port = UInt16(digits), port > 0 else { return nil }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        let isHost = host.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && !"/@?#[]".utf8.contains($0)
        }
        return isHost && !host.isEmpty ? (String(host), Int(port)) : nil
    }

    package func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
    ) throws -> HTTPAnswer {
        var fields = HTTPFields()
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            guard let name = HTTPField.Name(name) else { continue }
            fields[name] = value
        }
        let answer = connection.loop.makePromise(of: HTTPAnswer.self)
        let question = Question(
            method: method, path: path, headers: fields, body: body, seconds: timeoutSeconds)
        let work = Task(executorPreference: connection.executor) { [connection] in
            do {
                answer.succeed(try await connection.answer(to: question))
            } catch {
                answer.fail(error)
            }
        }
        let deadline = connection.loop.scheduleTask(in: .seconds(Int64(timeoutSeconds))) {
            answer.fail(TransportError.timeout("the answer"))
        }
        defer {
            deadline.cancel()
            work.cancel()
        }
        do {
            return try answer.futureResult.wait()
        } catch {
            throw CommandFailure(.unreachable, reason(error))
        }
    }

    private func reason(_ error: any Error) -> String {
        let place = connection.place
        switch error {
        case let dial as KeptConnection.DialFailure:
            switch dial.reason {
            case .unreachable(let reason): return "cannot connect to \(reason)"
            case .certificateRefused(let reason):
                return unproved("shows another certificate than \(certificateName)", reason)
            case let reason:
                return unproved("does not show the certificate \(certificateName)", "\(reason)")
            }
        case TransportError.timeout: return "\(place): no answer in time"
        default: return "\(place): cannot read the answer: \(error)"
        }
    }

    private func unproved(_ what: String, _ reason: String) -> String {
        """
        \(connection.place) \(what) (\(reason)), so nothing was sent to it: another program has \
        this port, or the certificate is another node's. See who listens there with 'ss -ltnp', and \
        compare with 'busbar certificate show'
        """
    }
}

/// A request, and how long its answer may take.
private struct Question: Sendable {
    let method: String
    let path: String
    let headers: HTTPFields
    let body: [UInt8]
    let seconds: Int
}

/// A connection that is dialled when it is needed, and kept for what comes next.
private actor KeptConnection {
    /// The connection does not stand: nothing was sent.
    struct DialFailure: Error {
        let reason: TransportError
    }

    nonisolated let executor: LoopExecutor
    private let host: String
    private let port: Int
    private let security: ClientSecurity
    private var kept: ClientConnection?
    private var dialling: Task<ClientConnection, any Error>?

    init(host: String, port: Int, security: ClientSecurity, loop: any EventLoop) {
        self.host = host
        self.port = port
        self.security = security
        executor = LoopExecutor(loop)
    }

    deinit { kept?.close() }

    nonisolated var loop: any EventLoop { executor.loop }

    nonisolated var place: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    func answer(to question: Question) async throws -> HTTPAnswer {
        do {
            return try await answer(to: question, on: connection(within: question.seconds))
        } catch TransportError.goingAway {
            // The node was about to close it, and has not taken the question.
            kept = nil
            return try await answer(to: question, on: connection(within: question.seconds))
        }
    }

    private func answer(
        to question: Question, on connection: ClientConnection
    ) async throws -> HTTPAnswer {
        let response = try await connection.request(
            method: question.method, path: question.path, headers: question.headers,
            body: question.body, limit: HTTPAnswer.longestBody)
        return HTTPAnswer(
            status: response.status,
            fields: response.headers.map { ($0.name.canonicalName, $0.value) }, body: response.body)
    }

    private func connection(within seconds: Int) async throws -> ClientConnection {
        if let kept, kept.isUsable { return kept }
        if let dialling { return try await dialling.value }
        let task = Task(executorPreference: executor) { [host, port, security, executor] in
            do {
                return try await ClientConnection.connect(
                    host: host, port: port, security: security,
                    eventLoopGroup: executor.loop, log: .none, timeout: .seconds(seconds))
            } catch let error as TransportError {
                throw DialFailure(reason: error)
            }
        }
        dialling = task
        defer { dialling = nil }
        let made = try await task.value
        kept = made
        return made
    }
}
