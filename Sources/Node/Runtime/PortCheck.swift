import NIOCore
import NIOPosix
import Peering

/// Looks whether the configured ports are free before anything is changed on disk. They are taken
/// for good later: who takes one in between is told of then.
struct PortCheck {
    let group: any EventLoopGroup

    /// Throws at the first port that cannot be listened on, naming it and the setting.
    func check(_ configuration: NodeConfiguration) async throws {
        let wanted: [(key: String, endpoint: Endpoint?)] = [
            ("p2p.listen", configuration.p2p.listen), ("api.listen", configuration.api?.listen),
            ("app.listen", configuration.app?.listen), ("rpc.listen", configuration.rpc),
            ("metrics.listen", configuration.metrics),
        ]
        for (key, endpoint) in wanted {
            guard let endpoint, endpoint.port != 0 else { continue }
            try await check(endpoint, key: key)
        }
    }

    private func check(_ endpoint: Endpoint, key: String) async throws {
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: endpoint.host, port: endpoint.port).get()
            try await channel.close()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw NodeError(
                """
                \(key): \(endpoint) is in use by another process (Address already in use); \
                choose another port
                """)
        } catch {
            throw NodeError("\(key): cannot listen on \(endpoint): \(error)")
        }
    }
}
