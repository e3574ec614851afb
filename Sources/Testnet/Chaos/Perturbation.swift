import Console
import Glibc
import Node
import Protocol

/// Does to nodes what a plan or a person says.
struct Perturbation {
    private(set) var testnet: Testnet

    init(_ testnet: Testnet) {
        self.testnet = testnet
    }

    /// The nodes' names that `names` means: `*` all, `proposer` the validator whose turn it is.
    private func resolve(_ names: [String]) throws -> [String] {
        if names == ["*"] { return testnet.nodes.map(\.name) }
        return try names.map { name in
            if name == PlannedStep.proposer { return try ProposerTurn.find(in: testnet) }
            return try testnet.endpoints.node(name).name
        }
    }

    /// Does `action` to the nodes called `names`; says what it did.
    mutating func perform(_ action: PlannedStep.Action, on names: [String]) throws -> String {
        if action == .split { return try split(names) }
        if action == .join, names == ["*"] {
            return try changeLinks("joined all") { $0.join(names) }
        }
        let names = try resolve(names)
        let listed = names.joined(separator: ", ")
        let report: String
        switch action {
        case .kill: report = signal(SIGKILL, names, "killed")
        case .pause: report = signal(SIGSTOP, names, "paused")
        case .resume: report = signal(SIGCONT, names, "resumed")
        case .stop:
            try testnet.stop(names)
            report = "stopped \(listed)"
        case .restart:
            try testnet.stop(names)
            _ = try testnet.start(names)
            report = "restarted \(listed)"
        case .cut, .mute, .deafen, .flap, .slow, .lose:
            return try worsen(action, names)
        case .reset:
            let time = SystemClock.now.milliseconds
            return try changeLinks("reset \(listed)") { links in
                for name in names { links.resets[name] = time }
            }
        case .join: return try changeLinks("joined \(listed)") { $0.join(names) }
        case .split: report = ""
        }
        try testnet.recordProcesses()
        return report
    }

    private func signal(_ number: Int32, _ names: [String], _ what: String) -> String {
        let done = names.filter { testnet.process($0).send(number) }
        let absent = names.filter { !done.contains($0) }.map { "\($0) does not run" }
        let report = done.isEmpty ? [] : ["\(what) \(done.joined(separator: ", "))"]
        return (report + absent).joined(separator: "; ")
    }
}

extension Perturbation {
    /// Puts faults on all links of `names`, in place of those that were there.
    private func worsen(_ action: PlannedStep.Action, _ names: [String]) throws -> String {
        let faults = names.flatMap { Self.faults(action, of: $0) }
        return try changeLinks("\(action.past) \(names.joined(separator: ", "))") { links in
            links.join(names)
            links.add(faults)
        }
    }

    /// What `action` means for the links of `name`.
    private static func faults(_ action: PlannedStep.Action, of name: String) -> [LinkFault] {
        switch action {
        case .cut: [LinkFault(from: name, to: "*", isCut: true)]
        case .mute: [LinkFault(from: name, to: "*", isOneWay: true, isCut: true)]
        case .deafen: [LinkFault(from: "*", to: name, isOneWay: true, isCut: true)]
        case .flap: [LinkFault(from: name, to: "*", flapMilliseconds: 2_000)]
        case .slow: [LinkFault(from: name, to: "*", delayMilliseconds: 200, rateKibibytes: 64)]
        case .lose: [LinkFault(from: name, to: "*", loss: 0.1, resets: 0.002)]
        default: []
        }
    }

    /// Cuts all links between the groups; each is written as `v1,v2`. A node that stands in none
    /// keeps its links.
    private func split(_ texts: [String]) throws -> String {
        let groups = try texts.map { text in
            try text.split(separator: ",").map { try testnet.endpoints.node(String($0)).name }
        }
        guard groups.count >= 2, Set(groups.joined()).count == groups.joined().count else {
            throw CommandFailure(
                .failed, "split takes two groups or more, as v1,v2 v3,v4; no node twice")
        }
        return try changeLinks("split \(texts.joined(separator: " | "))") { links in
            links.add(Self.cuts(between: groups))
        }
    }

    /// A cut of each link between nodes of different groups.
    static func cuts(between groups: [[String]]) -> [LinkFault] {
        groups.indices.flatMap { index in
            groups[index].flatMap { one in
                groups[(index + 1)...].joined().map { LinkFault(from: one, to: $0, isCut: true) }
            }
        }
    }

    private func changeLinks(
        _ what: String, _ change: (inout LinkFile) -> Void
    ) throws -> String {
        guard testnet.hasProxies else {
            throw CommandFailure(
                .failed,
                "this testnet has no proxies between its nodes, so links cannot be changed; "
                    + "make one with cluster/up --fresh --proxies")
        }
        let path = testnet.directory.links
        var links = try LinkFile(file: path)
        change(&links)
        try links.write(to: path)
        return what
    }
}

extension PlannedStep.Action {
    fileprivate var past: String {
        switch self {
        case .cut: "cut off"
        case .mute: "muted"
        case .deafen: "deafened"
        case .flap: "began to flap the links of"
        case .slow: "slowed down"
        case .lose: "began to lose pieces of"
        default: rawValue
        }
    }
}
