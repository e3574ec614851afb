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
        guard let host = Self.host(in: request.authority.verbatim), hosts.contains(host) else {
            throw .wrongHost
        }
        for origin in request.headers[values: .origin] {
            guard let separator = origin.firstRange(of: "://"),
                origin[separator.upperBound...].lowercased()
                    == request.authority.verbatim.lowercased()
            else { throw .wrongOrigin }
        }
    }

    /// The host without its port; nil if there is anything else besides the two.
    private static func host(in authority: String) -> String? {
        let text = authority.lowercased()
        let end =
            text.hasPrefix("[")
            ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
        let host = text[..<(end ?? text.endIndex)]
        let port = text[host.endIndex...]
        guard port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil,
            !port.contains("+")
        else { return nil }
        return String(host)
    }
}
