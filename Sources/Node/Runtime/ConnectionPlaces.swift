import Glibc
import Peering

/// How many connections a node's port takes from other nodes.
struct ConnectionPlaces: Sendable {
    /// What may be set.
    static let configurable = 16...100_000
    /// For those who are no members, or have not shown it yet.
    static let ofOthers = 200
    /// File descriptors that are not for connections: the ledger, the other ports, logs.
    static let otherDescriptors = 128

    /// The number that was set; nil to follow the ledger.
    let configured: Int?
    /// How many files and connections the process may have open.
    let descriptors: Int

    /// The places that the settings and this process's limit on descriptors allow.
    init(configured: Int?, descriptors: Int = Self.descriptorLimit) {
        self.configured = configured
        self.descriptors = descriptors
    }

    /// How many connections to take while the ledger has so many members.
    ///
    /// Each finds all places that it may have, so that no number of members can keep out another
    /// one; beyond them there are some for strangers, who give way to each other.
    func count(members: UInt32) -> Int {
        let wanted =
            configured ?? Int(members) * PeeringConfiguration.connectionsOfMember + Self.ofOthers
        return max(min(wanted, descriptors - Self.otherDescriptors), Self.configurable.lowerBound)
    }

    /// How many descriptors this process may have.
    static var descriptorLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1_024
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Lets this process have as many descriptors as the system allows it: what a shell or systemd
    /// gives by default, 1,024, is meant for programs that use select().
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // Where the system refuses, the number stays, and so many connections are taken.
        setrlimit(resource, &limit)
    }
}
