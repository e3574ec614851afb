internal import Transport

/// Which names a client may call this node by. A page of another site must not reach the node
/// through a reader's browser, whatever name it gives to 127.0.0.1.
struct HostPolicy: Sendable {
    private let hosts: Set<String>

    init(hosts: [String]) {
        self.hosts = Set(hosts.map { $0.lowercased() } + ["localhost", "127.0.0.1", "[::1]"])
    }

    /// Throws unless the request names an allowed host and comes from no other site's page.
    func check(_ request: Request) throws(Problem) {
        guard hosts.contains(Self.host(in: request.authority)) else { throw .wrongHost }
        guard let origin = request.headers[.origin] else { return }
        guard let separator = origin.firstRange(of: "://"),
            origin[separator.upperBound...].lowercased() == request.authority.lowercased()
        else { throw .wrongOrigin }
    }

    /// The host without its port.
    private static func host(in authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[...end])
        }
        return String(text.prefix { $0 != ":" })
    }
}
