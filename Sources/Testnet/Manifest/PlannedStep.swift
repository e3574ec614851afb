import Node

/// Something that is done to nodes at a time after the start.
struct PlannedStep: Hashable, Sendable, Codable {
    enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        /// End the process at once, as a power cut would.
        case kill
        /// Ask the process to stop, and wait until it has.
        case stop
        /// Stop the process where it stands.
        case pause
        /// Let a paused process go on.
        case resume
        /// Start it again if it has ended; else end it cleanly and start it.
        case restart
        /// Cut its links off from every other node.
        case cut
        /// What it sends reaches nobody; it still hears.
        case mute
        /// Nothing that is sent to it arrives; it is still heard.
        case deafen
        /// Cut its links and join them again every two seconds.
        case flap
        /// Make its links slow: 200 ms later, at 64 KiB a second.
        case slow
        /// Let its links lose a tenth of all pieces, and break now and then.
        case lose
        /// Reset its connections once.
        case reset
        /// Cut all links between the groups that are named, each as `v1,v2`.
        case split
        /// Undo what was done to its links; all nodes' with `*`.
        case join
    }

    /// In place of a node's name: the validator whose turn it is to propose the next block.
    static let proposer = "proposer"

    /// When, in seconds after the plan began.
    var afterSeconds: Double
    var action: Action
    /// To which nodes; for `split`, the groups, their nodes parted by commas.
    var nodes: [String]
}

extension PlannedStep.Action {
    /// Whether it is done to links, so that it takes a testnet with proxies.
    var isAboutLinks: Bool {
        switch self {
        case .cut, .mute, .deafen, .flap, .slow, .lose, .reset, .split, .join: true
        case .kill, .stop, .pause, .resume, .restart: false
        }
    }
}

extension PlannedStep {
    init(_ table: SettingsTable) throws(ConfigurationError) {
        self.init(
            afterSeconds: try table.value("after_seconds", .decimal(in: 0...86_400)) ?? 0,
            action: try table.required("action", .choice),
            nodes: try table.required("nodes", .list(of: .text)))
        try table.end()
        guard !nodes.isEmpty else { throw table.error("nodes", "is missing") }
    }
}
