package import Protocol
package import Transport

/// How a node meets others.
package struct PeeringConfiguration: Sendable {
    /// The address to listen on; nil for a node that only dials out.
    package var listen: Endpoint?
    /// The certificate and key by which others know this node.
    package var identity: TLSIdentity
    /// The node's own account, so that it does not keep a link with itself.
    package var account: Address
    /// What it says first on each link.
    package var hello: Hello
    /// Nodes to dial at the start, in order of preference.
    package var seeds: [Endpoint]
    /// Whether every seed is kept linked (validators), or only ``linkTarget`` of all known.
    package var keepsAllSeeds: Bool
    /// How many links a node that is no validator keeps.
    package var linkTarget: Int
    /// The longest wait between two attempts to reach one node.
    package var longestBackoff: Duration
    /// How long a new link may wait for the other side's hello.
    package var greetingTimeout: Duration = .seconds(10)
    /// How many bytes the unfinished frames of all links may keep; beyond, the link with most ends.
    package var unfinishedBytes = 32 << 20
    /// How long an unfinished frame may take, whatever its length; to it comes the time that its bytes
    /// need at ``slowestBytesPerSecond``.
    package var frameTimeout: Duration = .seconds(10)
    /// The slowest pace at which a frame may come.
    package var slowestBytesPerSecond = 32 << 10
    /// What one peer may cost, by what it is on the ledger; nil for no member.
    package var share: @Sendable (MemberRole?) -> PeerShare = { PeerShare.usual(of: $0) }
    /// What the nodes of suspended members may have.
    package var visits = VisitLimits.usual
    /// What Transport allows a connection.
    package var limits: TransportLimits

    /// Members prove who they are before they count, and a testnet may run on one machine or
    /// behind one router: an address may hold as many connections as the port as a whole. A member
    /// needs one place, and a second while a new link takes the place of an old one.
    package static var usualLimits: TransportLimits {
        var limits = TransportLimits()
        limits.connectionsPerAddress = .max
        limits.connectionsPerCertificate = connectionsOfMember
        // A link may queue some messages of the largest size.
        limits.heldBytes = 256 << 20
        return limits
    }

    /// How many connections one member may have at a time.
    package static let connectionsOfMember = 2

    package init(
        listen: Endpoint?, identity: TLSIdentity, account: Address, hello: Hello,
        seeds: [Endpoint], keepsAllSeeds: Bool, linkTarget: Int = 4,
        longestBackoff: Duration = .seconds(8),
        limits: TransportLimits = PeeringConfiguration.usualLimits
    ) {
        self.listen = listen
        self.identity = identity
        self.account = account
        self.hello = hello
        self.seeds = seeds
        self.keepsAllSeeds = keepsAllSeeds
        self.linkTarget = linkTarget
        self.longestBackoff = longestBackoff
        self.limits = limits
    }
}

/// A host and a port.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address; an IPv6 address without brackets.
    package var host: String
    /// The TCP port; 0 asks for a free one where a node listens.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`: a name, an IPv4 address, or an IPv6 address in brackets; nil for anything
    /// else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let (host, digits) = (text[..<colon], text[text.index(after: colon)...])
        guard digits.utf8.allSatisfy(Self.isDigit), let port = UInt16(digits) else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            // A zone may follow: fe80::1%eth0.
            guard address.contains(":"),
                address.utf8.allSatisfy({ Self.isOfName($0) || ":%".utf8.contains($0) })
            else { return nil }
            self.init(host: String(address), port: Int(port))
        } else {
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isOfName) else { return nil }
            self.init(host: String(host), port: Int(port))
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        ("0"..."9").contains(Unicode.Scalar(byte))
    }

    /// A letter, digit, dot, hyphen or underscore.
    private static func isOfName(_ byte: UInt8) -> Bool {
        let letter = Unicode.Scalar(byte | 0x20)
        return isDigit(byte) || ("a"..."z").contains(letter) || ".-_".utf8.contains(byte)
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
