struct SoakFault: Sendable {
    let number: Int
    /// `kill proposer`, `cut household`, `halves` …
    let kind: String
    let names: [String]
    /// Whether it takes a quorum away on purpose.
    let cutsQuorum: Bool
    /// When it began and ended, in seconds after the start.
    let began: Double
    var ended: Double?
    /// From its beginning, or from its end if it took the quorum away, until a transaction that was
    /// handed in after that was acknowledged as final; in seconds.
    var recovery: Double?
    /// From its end until the last node that it disturbed was as the others again, in seconds.
    var comeback: Double?

    /// From when on a new transaction must become final.
    var clearSince: Double? { cutsQuorum ? ended : began }
}

struct SoakFinding: Sendable {
    /// When it was seen, in seconds after the start.
    let time: Double
    let what: String
    /// What the node said last, where a node is concerned.
    var lines: [String] = []
}
