import API
import Client
import Glibc
import Node

/// A testnet that was made: its nodes as processes.
struct Testnet {
    let directory: TestnetDirectory
    private(set) var endpoints: EndpointsFile
    private let connections = NodeConnections()

    init(_ directory: TestnetDirectory) throws {
        self.directory = directory
        endpoints = try EndpointsFile(directory: directory.path)
    }

    var nodes: [EndpointsFile.Node] { endpoints.nodes }

    func nodes(_ role: NodeRole) -> [EndpointsFile.Node] {
        nodes.filter { $0.role == role.rawValue }
    }

    /// The nodes that run.
    var running: [(node: EndpointsFile.Node, pid: pid_t)] {
        nodes.compactMap { node in process(node.name).pid.map { (node, $0) } }
    }

    /// The process of the node called `name`.
    func process(_ name: String) -> NodeProcess { NodeProcess(name: name, directory: directory) }

    /// Whether links between its nodes go through proxies.
    var hasProxies: Bool { access(directory.proxies, F_OK) == 0 }

    /// The names of everything that runs as a process: the proxies first, since nodes dial them.
    var processNames: [String] {
        (hasProxies ? [NodeProcess.proxyName] : []) + nodes.map(\.name)
    }

    /// Starts whatever of `names` does not run yet; gives the names that were started.
    mutating func start(_ names: [String]) throws -> [String] {
        var started: [String] = []
        for name in names where process(name).pid == nil {
            _ = try process(name).start()
            started.append(name)
        }
        try recordProcesses()
        return started
    }

    /// Stops `names`, all at once.
    mutating func stop(_ names: [String]) throws {
        NodeProcess.stop(names.map(process))
        try recordProcesses()
    }

    /// Writes down which processes run.
    mutating func recordProcesses() throws {
        for index in endpoints.nodes.indices {
            endpoints.nodes[index].pid = process(endpoints.nodes[index].name).pid
        }
        try endpoints.write(directory: directory.path)
    }

    func client(_ node: EndpointsFile.Node, timeoutSeconds: Int = 5) throws -> NodeClient {
        NodeClient(try http(node, timeoutSeconds: timeoutSeconds), name: node.name)
    }

    /// The way to `node`'s API, on a connection that all who ask it share.
    func http(_ node: EndpointsFile.Node, timeoutSeconds: Int = 5) throws -> PinnedHTTP {
        try connections.http(node, timeoutSeconds: timeoutSeconds)
    }

    /// Whether `node` says that it is ready to be used.
    func isReady(_ node: EndpointsFile.Node) -> Bool {
        metrics("/readyz", of: node, timeoutSeconds: 2) != nil
    }

    /// The height of the last final block that `node` shows; nil where it does not answer at once.
    func height(of node: EndpointsFile.Node) -> UInt64? {
        json("/api/v1/status", at: node)?["height"]?.natural
    }

    /// What lies at `path` of `node`'s API; nil where it does not answer at once.
    func json(
        _ path: String, at node: EndpointsFile.Node, timeoutSeconds: Int = 1
    ) -> JSON? {
        try? client(node, timeoutSeconds: timeoutSeconds).get(path)
    }

    /// The figure `name` of `node`'s metrics; nil where it does not answer at once.
    func metric(_ name: String, of node: EndpointsFile.Node) -> Double? {
        figures([name], of: node)?[name]
    }

    /// What `node` has sent to other nodes since it started, and received of them, in bytes; nil
    /// where it does not answer at once.
    func traffic(of node: EndpointsFile.Node) -> (sent: UInt64, received: UInt64)? {
        let names = ["busbar_p2p_send_bytes_total", "busbar_p2p_receive_bytes_total"]
        guard let figures = figures(names, of: node), let sent = figures[names[0]],
            let received = figures[names[1]]
        else { return nil }
        return (UInt64(sent), UInt64(received))
    }

    /// What has gone over `node`'s links since it started, in bytes: of messages that it sent; and all of
    /// those links that others began, both ways. Nil where it does not answer.
    func linkTraffic(
        of node: EndpointsFile.Node
    ) -> (messages: Double, links: Double)? {
        let names = [
            "busbar_p2p_send_bytes_total",
            #"busbar_transport_send_bytes_total{listener="p2p"}"#,
            #"busbar_transport_receive_bytes_total{listener="p2p"}"#,
        ]
        guard let figures = figures(names, of: node, timeoutSeconds: 10),
            let messages = figures[names[0]], let sent = figures[names[1]],
            let received = figures[names[2]]
        else { return nil }
        return (messages, sent + received)
    }

    private func figures(
        _ names: [String], of node: EndpointsFile.Node, timeoutSeconds: Int = 1
    ) -> [String: Double]? {
        guard let answer = metrics("/metrics", of: node, timeoutSeconds: timeoutSeconds) else {
            return nil
        }
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        let pairs = names.compactMap { name in
            lines.first { $0.hasPrefix(name + " ") }?.split(separator: " ").last
                .flatMap { Double($0) }.map { (name, $0) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func metrics(
        _ path: String, of node: EndpointsFile.Node, timeoutSeconds: Int = 1
    ) -> HTTPAnswer? {
        let http = LoopbackHTTP(url: node.metrics, timeoutSeconds: timeoutSeconds)
        guard let answer = try? http?.get(path), answer.status == 200 else { return nil }
        return answer
    }
}
