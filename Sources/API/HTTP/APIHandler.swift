internal import CoreMetrics
internal import HTTPTypes
internal import Protocol
package import Transport

/// Answers everything that clients ask a node over HTTP: REST, JSON-RPC, metrics and health.
///
/// One handler serves one listener; give it to Transport's `Server`.
package struct APIHandler: RequestHandler {
    private let configuration: APIConfiguration
    private let parts: APIParts
    private let policy: HostPolicy
    private let limiter: RateLimiter
    private let rpc: RPCService
    private let rest: RESTService
    private let duration: Timer
    private let log: LimitedLog
    private let clock: @Sendable () -> ContinuousClock.Instant

    /// A handler that offers what `configuration` says over `parts`.
    package init(_ configuration: APIConfiguration, _ parts: APIParts, log: LimitedLog) {
        self.init(configuration, parts, log: log, clock: { .now })
    }

    init(
        _ configuration: APIConfiguration, _ parts: APIParts, log: LimitedLog,
        clock: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.clock = clock
        self.configuration = configuration
        self.parts = parts
        self.log = log
        policy = HostPolicy(hosts: configuration.hosts)
        limiter = RateLimiter(perSecond: configuration.requestsPerSecond)
        rpc = RPCService(parts: parts, log: log)
        rest = RESTService(parts: parts)
        duration = Timer(
            .requestDuration, [("listener", configuration.listener)], in: parts.metrics)
    }

    package func handle(_ request: Request, _ response: ResponseWriter) async throws {
        let start = ContinuousClock.now
        do {
            try admit(request)
            guard let reply = try await reply(to: request, response) else { return }
            try await reply.send(to: response)
            duration.record(start.duration(to: .now))
        } catch let problem as Problem {
            guard !response.isStarted else { throw problem }
            try await Reply.problem(problem).send(to: response)
        } catch let error as TransportError {
            // Transport answers 413 and 408 itself, and knows what ended a stream.
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            log.write(
                .error, "request failed", by: request.clientName,
                "\(request.method) \(request.path)", metadata: ["error": "\(error)"])
            guard !response.isStarted else { throw error }
            try await Reply.problem(.internal).send(to: response)
        }
    }

    private func admit(_ request: Request) throws(Problem) {
        // Pages of other sites must not use up what the owner's programs may ask.
        try policy.check(request)
        guard limiter.allows(request.clientName, at: clock()) else { throw .tooManyRequests }
    }

    /// The answer, or nil if it was sent already.
    private func reply(to request: Request, _ response: ResponseWriter) async throws -> Reply? {
        let target = RequestTarget(request.path)
        let surfaces = configuration.surfaces
        if surfaces.contains(.metrics), let reply = try await measured(request, target) {
            return reply
        }
        if let app = parts.app, !surfaces.isDisjoint(with: [.rest, .pages]) {
            try await app.admit(request, target)
            let door = AppDoor(
                hasPages: surfaces.contains(.pages), isSecure: configuration.isSecure)
            switch try await app.answer(
                request, target, response, caller(of: request), at: door)
            {
            case .reply(let reply): return reply
            case .sent: return nil
            case .notMine: break
            }
        }
        if surfaces.contains(.rest), target.segments.starts(with: ["api", "v1"]) {
            return try await rest.reply(to: request, target, response, caller(of: request))
        }
        if surfaces.contains(.rpc), ["/", "/rpc"].contains(target.path) {
            return try await called(request)
        }
        throw Problem.notFound("nothing is at \(target.path)")
    }

    private func called(_ request: Request) async throws -> Reply {
        guard request.method == "POST" else { throw Problem.wrongMethod("POST") }
        // A page of another site can post texts without asking, but no JSON.
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true
        else { throw Problem.wrongType }
        let body = try await request.collectBody()
        return try await rpc.reply(to: body, from: caller(of: request))
    }

    private func caller(of request: Request) -> Caller {
        Caller(name: request.clientName) { count in
            limiter.allows(request.clientName, count: count, at: clock())
        }
    }

    private func measured(_ request: Request, _ target: RequestTarget) async throws -> Reply? {
        guard ["/metrics", "/livez", "/readyz"].contains(target.path) else { return nil }
        guard request.method == "GET" else { throw Problem.wrongMethod("GET") }
        switch target.path {
        case "/metrics":
            let text = parts.metrics.text(with: await parts.figures())
            return .text(text, type: "text/plain; version=0.0.4; charset=utf-8")
        case "/livez": return Self.health(parts.latest.current.liveness)
        default: return Self.health(parts.latest.current.readiness)
        }
    }

    private static func health(_ checks: [HealthCheck]) -> Reply {
        let isHealthy = checks.allSatisfy(\.isHealthy)
        let list = checks.map { check -> JSON in
            [
                "name": .string(check.name), "ok": .bool(check.isHealthy),
                "detail": .string(check.detail),
            ]
        }
        return .json(
            ["ok": .bool(isHealthy), "checks": .array(list)], status: isHealthy ? 200 : 503)
    }
}
