import Peering

// Where the API is found: by the machine itself, and by others.
extension APISettings {
    /// Whether it listens on all addresses of the machine, which tells nobody any of them.
    private var isEverywhere: Bool { ["0.0.0.0", "::"].contains(listen.host) }

    /// Where other devices find it; nil if it listens for this machine alone, or on all addresses and has
    /// no name (``lackingName``).
    package var addressForOthers: String? {
        guard !listen.isLoopback else { return nil }
        guard isEverywhere else { return "https://\(listen)" }
        return names.map { Endpoint(host: $0, port: listen.port) }.first { !$0.isLoopback }
            .map { "https://\($0)" }
    }

    /// Where this machine's own programs find it.
    package var ownAddress: String {
        let own = isEverywhere ? listen.host == "::" ? "::1" : "127.0.0.1" : listen.host
        return "https://\(Endpoint(host: own, port: listen.port))"
    }

    /// What is to be set so that other devices find it, which it listens for; nil if they do.
    package var lackingName: String? {
        guard isEverywhere, addressForOthers == nil else { return nil }
        return """
            the API listens on all addresses of this machine (\(listen)), and other devices cannot be told \
            one: put the machine's name or address in the house's network into `names` under [api], as in \
            names = ["192.168.1.20"], then run busbar certificate renew and start the node again
            """
    }

    /// By what a device may be told that it is called, the most wanted first.
    var shownHosts: [String] { isEverywhere ? Array(hosts.dropLast()) : hosts }
}
