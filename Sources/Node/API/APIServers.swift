import API
import App
import Keys
import Market
import Logging
import NIOCore
import Peering
import Protocol
import Storage
import Transport

/// The ports for people and programs: REST and events over https, JSON-RPC and metrics on the
/// machine itself.
struct APIServers: Sendable {
    private let servers: [(listener: String, server: Server)]
    private let app: AppService

    /// Opens what the node's configuration names; throws if a port is taken.
    static func open(for node: Node) async throws -> APIServers {
        let metrics = NodeMetrics(node: node)
        var parts = parts(of: node, metrics)
        let app = try Self.app(of: node, parts)
        parts.app = app
        var servers: [(listener: String, server: Server)] = []
        do {
            for door in plan(node) {
                servers.append((door.listener, try await door.open(node, parts)))
            }
        } catch {
            for (_, server) in servers { await server.shutdown(grace: .zero) }
            throw error
        }
        metrics.watch(servers)
        if let lacking = node.configuration.api?.lackingName {
            node.log.logger.warning("\(lacking)")
        }
        if let api = servers.first(where: { $0.listener == "api" }) {
            node.certificates?.begin(api.server)
        }
        return APIServers(servers: servers, app: app)
    }

    /// Lets answers under way finish, and closes the ports.
    func close() async {
        app.finish()
        for (_, server) in servers { await server.shutdown(grace: .seconds(2)) }
    }

    private static func parts(of node: Node, _ metrics: NodeMetrics) -> APIParts {
        let configuration = node.configuration
        return APIParts(
            identity: NodeIdentity(
                name: configuration.name, role: configuration.role.rawValue,
                account: node.secrets.account?.address ?? .zero, version: BusbarVersion.text),
            store: node.store, latest: node.latest,
            submission: TransactionReceiver(
                submissions: node.submissions, scheme: node.scheme),
            feed: node.feed, metrics: node.monitor.metrics,
            figures: { await metrics.samples() },
            meter: configuration.role == .household ? node.requests : nil,
            trace: { [times = node.monitor.times, clock = node.clock] hash in
                times.trace(of: hash, microseconds: clock.microseconds(), now: .now)
            },
            now: { node.clock.now() })
    }

    /// The app: of a household, with all that is its own; of another node, with what everyone may see.
    private static func app(of node: Node, _ parts: APIParts) throws -> AppService {
        let configuration = node.configuration
        let supplier = configuration.app?.feedInTariff.flatMap { feedIn in
            configuration.app?.retailTariff.map { AppSettings.Tariff(feedIn: feedIn, retail: $0) }
        }
        let settings = AppSettings(
            zone: configuration.app?.timeZone ?? "UTC", supplier: supplier,
            isTrading: configuration.household?.limits.isEnabled ?? false,
            certificate: { [certificates = node.certificates] in certificates?.offered },
            address: configuration.api?.addressForOthers)
        let directory = configuration.dataDirectory
        switch node.roleStore {
        case .none:
            return AppService(parts: parts, settings: settings)
        case .aggregator(let books):
            let store = try AppStore(path: directory + "/app.sqlite")
            let office = node.community.map {
                AppService.Office(role: node.requests, books: books, community: $0)
            }
            return AppService(
                parts: parts, settings: settings,
                sessions: try Sessions(
                    store: store, token: AppToken.take(in: directory), hasOperators: true),
                office: office)
        case .household(let meter):
            let store = try AppStore(path: directory + "/app.sqlite")
            return AppService(
                parts: parts, settings: settings,
                sessions: try Sessions(store: store, token: AppToken.take(in: directory)),
                home: try AppService.Home(
                    role: node.requests, meter: meter, store: store,
                    limits: configuration.household?.limits ?? TraderLimits()))
        }
    }

    /// Which ports there are to open, and with what behind them.
    private static func plan(_ node: Node) -> [Door] {
        let configuration = node.configuration
        var servers: [Door] = []
        if let api = configuration.api, let identity = node.secrets.api {
            servers.append(
                Door(
                    name: "the API", listener: "api", endpoint: api.listen,
                    security: .server(identity),
                    surfaces: [.rest, .rpc, .pages]))
        }
        if let app = configuration.app {
            servers.append(
                Door(
                    name: "the app", listener: "app", endpoint: app.listen, security: .none,
                    surfaces: [.rest, .pages]))
        }
        if let rpc = configuration.rpc {
            servers.append(
                Door(
                    name: "JSON-RPC", listener: "rpc", endpoint: rpc, security: .none,
                    surfaces: [.rpc, .rest]))
        }
        if let metrics = configuration.metrics {
            servers.append(
                Door(
                    name: "metrics", listener: "metrics", endpoint: metrics, security: .none,
                    surfaces: [.metrics]))
        }
        return servers
    }
}

/// One port.
private struct Door {
    let name: String
    /// What the metrics call it.
    let listener: String
    let endpoint: Endpoint
    let security: ServerSecurity
    let surfaces: APISurfaces

    func open(_ node: Node, _ parts: APIParts) async throws -> Server {
        let hosts = node.configuration.api?.hosts ?? []
        do {
            return try await Server.start(
                ServerConfiguration(
                    host: endpoint.host, port: endpoint.port, security: security),
                handler: APIHandler(
                    APIConfiguration(
                        listener: listener, surfaces: surfaces, isSecure: listener == "api",
                        hosts: hosts), parts, log: node.log),
                eventLoopGroup: node.group, log: node.log)
        } catch {
            throw NodeError("cannot listen for \(name) on \(endpoint): \(error)")
        }
    }
}
