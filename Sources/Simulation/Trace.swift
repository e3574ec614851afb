import Replica

/// The last things that happened in a run, kept as values and told only when something failed.
struct Trace {
    enum Entry {
        case started(Int)
        case crashed(Int)
        case incident(IncidentKind, nodes: [Int])
        case over(IncidentKind)
        case healed
        case observed(Int, Observation)
    }

    private var entries = LastElements<(time: UInt64, entry: Entry)>(capacity: 400)
    private var began: UInt64?

    mutating func add(_ entry: Entry, at time: UInt64) {
        if began == nil { began = time }
        entries.add((time, entry))
    }

    /// A line for each, oldest first.
    var lines: [String] {
        entries.inOrder.map { time, entry in
            "\(time - (began ?? 0)) ms: \(Self.describe(entry))"
        }
    }

    private static func describe(_ entry: Entry) -> String {
        switch entry {
        case .started(let node): "node \(node) starts"
        case .crashed(let node): "node \(node) crashes"
        case .incident(let kind, let nodes): "\(kind.rawValue) at \(nodes)"
        case .over(let kind): "\(kind.rawValue) is over"
        case .healed: "everything is well from now on"
        case .observed(let node, let observation):
            "node \(node): " + shortened("\(observation)")
        }
    }

    /// `text` without modules' names, its long hexadecimal numbers cut to their beginnings.
    private static func shortened(_ text: String) -> String {
        var words: [Substring] = []
        for word in text.split(separator: "0x", omittingEmptySubsequences: false) {
            let digits = word.prefix { $0.isHexDigit }
            words.append(
                words.isEmpty || digits.count <= 8
                    ? word : digits.prefix(8) + word.dropFirst(digits.count))
        }
        var plain = words.joined(separator: "0x")
        for module in ["Protocol.", "Replica.", "Consensus."] {
            plain = plain.split(separator: module, omittingEmptySubsequences: false).joined()
        }
        return plain
    }
}

extension Observation {
    /// The name under which it is counted.
    var counterName: String {
        switch self {
        case .committed(_, _, let round, let source):
            switch source {
            case .agreement: round == 0 ? "agreed in round 0" : "agreed in a later round"
            case .peer: "block from a peer"
            }
        case .misbehaviour: "misbehaviour"
        case .requestTimedOut: "request timed out"
        case .catchingUp: "request for blocks"
        case .participation(let participates): participates ? "joined" : "stepped aside"
        case .votingRight(.recovering): "recovering"
        case .votingRight(.established): "established"
        case .votingRight(.unknown): "records found old"
        case .roundChange: "round change"
        case .proposalAfterRoundChange: "proposal after a round change"
        case .fetching: "fetch by commits"
        case .rebroadcast: "rebroadcast"
        case .evidence: "evidence"
        case .refusedToSignTwice: "refused to sign twice"
        case .keyUsedElsewhere: "key used elsewhere"
        case .ownProposalRefused: "own proposal refused"
        case .diverged: "diverged"
        case .conflictingCertificates: "conflicting certificates"
        case .transactionsDropped(_, let reason): "transactions dropped: \(reason)"
        case .transactionsWithheld: "announced transactions withheld"
        }
    }
}
