import Client
import Synchronization

/// One connection to each node's API, kept open for whoever asks next.
final class NodeConnections: Sendable {
    private let known = Mutex<[String: PinnedHTTP]>([:])

    /// The way to `node`'s API.
    func http(_ node: EndpointsFile.Node, timeoutSeconds: Int) throws -> PinnedHTTP {
        var http = try known.withLock { known in
            if let http = known[node.name] { return http }
            let http = try node.http()
            known[node.name] = http
            return http
        }
        http.timeoutSeconds = timeoutSeconds
        return http
    }
}
