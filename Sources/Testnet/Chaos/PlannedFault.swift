/// Something of a random plan that goes wrong for a while.
struct PlannedFault: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        case node(String)
        /// The validator whose turn it is to propose when the fault begins.
        case proposer
        case all
        /// Groups of nodes that do not reach each other.
        case groups([[String]])
    }

    /// Its place in the plan, from 1.
    let number: Int
    /// What is done when it begins.
    let action: PlannedStep.Action
    let target: Target
    /// When it begins, in seconds after the plan began.
    let begin: Double
    /// How long it lasts, in seconds.
    let duration: Double

    /// What ends it; nil where nothing must be undone.
    var undoing: PlannedStep.Action? {
        switch action {
        case .kill, .stop, .restart: .restart
        case .pause, .resume: .resume
        case .cut, .mute, .deafen, .flap, .slow, .lose, .split, .join: .join
        case .reset: nil
        }
    }

    /// What kind of fault it is: `kill proposer`, `cut household`, `halves`.
    func kind(roles: [String: String]) -> String {
        switch target {
        case .node(let name): "\(action.rawValue) \(roles[name] ?? name)"
        case .proposer: "\(action.rawValue) proposer"
        case .all: "\(action.rawValue) all"
        case .groups: "halves"
        }
    }

    var line: String {
        let who =
            switch target {
            case .node(let name): name
            case .proposer: PlannedStep.proposer
            case .all: "all"
            case .groups(let groups):
                groups.map { $0.joined(separator: ",") }.joined(separator: " | ")
            }
        let times = "\(Figures.text(begin)) s, for \(Figures.text(duration)) s"
        return "\(number). \(action.rawValue) \(who) at \(times)"
    }
}
