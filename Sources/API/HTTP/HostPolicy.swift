internal import Transport

/// Which names a client may call this node by, and which pages may call it. A page of another site
/// must not reach the node through a reader's browser, whatever name it gives to 127.0.0.1.
struct HostPolicy: Sendable {
    private let hosts: Set<String>
    private let origins: Set<String>

    init(hosts: [String], origins: [String]) {
        self.hosts = Set(hosts.map { $0.lowercased() } + ["localhost", "127.0.0.1", "[::1]"])
        self.origins = Set(origins)
    }

    /// Throws unless the request names an allowed host and comes from no other site's page.
    func check(_ request: Request) throws(Problem) {
        guard hosts.contains(Self.host(in: request.authority)) else { throw .wrongHost }
        guard let origin = request.headers[.origin], !origins.contains(origin) else { return }
        guard let separator = origin.firstRange(of: "://"),
            origin[separator.upperBound...].lowercased() == request.authority.lowercased()
        else { throw .wrongOrigin }
    }

    /// The origin to name in an answer, if pages of it may read answers.
    func allowedOrigin(_ request: Request) -> String? {
        request.headers[.origin].flatMap { origins.contains($0) ? $0 : nil }
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
