import Protocol

/// The links that are up: one with each other node.
struct LinkTable {
    private let own: Address
    private var links: [Address: Link] = [:]

    /// What becomes of a new link.
    enum Outcome {
        /// It is the only one with its peer.
        case first
        /// It takes the place of this one.
        case replaces(Link)
        /// There is a better one.
        case refused
    }

    /// The links of the node with the account `own`.
    init(own: Address) {
        self.own = own
    }

    subscript(peer: Address) -> Link? { links[peer] }

    /// The accounts of the nodes that are linked.
    var accounts: Set<Address> { Set(links.keys) }

    /// The links in the order of their peers.
    var all: [Link] { links.values.sorted { $0.peer < $1.peer } }

    /// Keeps `link`, unless it has ended or there is a better one with the same node.
    mutating func add(_ link: Link) -> Outcome {
        let old = links[link.peer].flatMap { $0.isClosed ? nil : $0 }
        let oldStays = old.map {
            Self.oldStays(
                isOutgoing: $0.isOutgoing, newIsOutgoing: link.isOutgoing, own: own,
                peer: link.peer)
        }
        guard !link.isClosed, oldStays != true else { return .refused }
        links[link.peer] = link
        return old.map { .replaces($0) } ?? .first
    }

    /// Takes out a link that has ended; false if another has taken its place.
    mutating func remove(_ link: Link) -> Bool {
        guard links[link.peer]?.identifier == link.identifier else { return false }
        links[link.peer] = nil
        return true
    }

    /// Whether of two links with `peer` the old one stays.
    ///
    /// Where both sides dialled, the link that the lower address dialled stays, so that both choose
    /// alike; of two from the same side the newer one, since the older may be dead.
    static func oldStays(
        isOutgoing: Bool, newIsOutgoing: Bool, own: Address, peer: Address
    ) -> Bool {
        isOutgoing != newIsOutgoing && isOutgoing == (own < peer)
    }
}
