import Glibc
import Node

/// Does to nodes what a plan or a person says.
struct Perturbation {
    private var neighbourhood: Neighbourhood

    init(_ neighbourhood: Neighbourhood) {
        self.neighbourhood = neighbourhood
    }

    /// The nodes' names that `names` means; `*` means all.
    private func resolve(_ names: [String]) throws -> [String] {
        if names == ["*"] { return neighbourhood.nodes.map(\.name) }
        return try names.map { try neighbourhood.endpoints.node($0).name }
    }

    /// Does `action` to the nodes called `names` and says so.
    mutating func perform(_ action: PlannedStep.Action, on names: [String]) throws {
        let names = try resolve(names)
        switch action {
        case .kill: signal(SIGKILL, names, "killed")
        case .pause: signal(SIGSTOP, names, "paused")
        case .resume: signal(SIGCONT, names, "resumed")
        case .restart:
            try neighbourhood.stop(names)
            _ = try neighbourhood.start(names)
            Terminal.note("restarted \(names.joined(separator: ", "))")
        case .cut:
            try changeLinks(names, "cut off") { from, to in
                LinkFault(from: from, to: to, isCut: true)
            }
        case .slow:
            try changeLinks(names, "slowed down") { from, to in
                LinkFault(from: from, to: to, delayMilliseconds: 200, rateKibibytes: 64)
            }
        case .join: try changeLinks(names, "joined again") { _, _ in nil }
        }
        try neighbourhood.recordProcesses()
    }

    private func signal(_ number: Int32, _ names: [String], _ what: String) {
        for name in names {
            let done = neighbourhood.process(name).send(number)
            Terminal.note(done ? "\(what) \(name)" : "\(name) does not run")
        }
    }

    /// Puts faults on all links from and to `names`, in place of those that were there.
    private func changeLinks(
        _ names: [String], _ what: String, fault: (_ from: String, _ to: String) -> LinkFault?
    ) throws {
        guard neighbourhood.hasRelays else {
            throw CommandFailure(
                .failed,
                "this neighbourhood has no relays between its nodes, so links cannot be changed; "
                    + "make one with cluster/up --fresh --relays")
        }
        let path = neighbourhood.directory.links
        var links = try LinkFile.read(path)
        for name in names {
            links.removeAll {
                ($0.from == name && $0.to == "*") || ($0.from == "*" && $0.to == name)
            }
            // The first fault that covers a link holds.
            links = [fault(name, "*"), fault("*", name)].compactMap { $0 } + links
        }
        try LinkFile.write(links, to: path)
        Terminal.note("\(what) \(names.joined(separator: ", "))")
    }
}
