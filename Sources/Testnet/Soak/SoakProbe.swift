import Client
import API

/// Asks a node what it shows; nil where it does not answer at once.
struct SoakProbe {
    private let node: EndpointsFile.Node

    init(_ node: EndpointsFile.Node) {
        self.node = node
    }

    /// The height of its last final block.
    var height: UInt64? {
        json("/api/v1/status")?["height"]?.natural
    }

    /// What lies at `path` of its API.
    func json(_ path: String) -> JSON? {
        get(node.rpc, path).flatMap { try? $0.json }
    }

    /// The figure `name` of its metrics.
    func metric(_ name: String) -> Double? {
        guard let answer = get(node.metrics, "/metrics") else { return nil }
        let line = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    private func get(_ url: String, _ path: String) -> LoopbackHTTP.Answer? {
        let http = LoopbackHTTP(url: url, timeoutSeconds: 1)
        guard let answer = try? http?.get(path), answer.status == 200 else { return nil }
        return answer
    }
}
