/// What load is made, and how often.
struct LoadSettings {
    enum Pace {
        /// As fast as the nodes take it, with so many transactions under way.
        case closed(inFlight: Int, count: Int)
        /// So many arrivals a second, for so long.
        case open(rate: Double, seconds: Double)
    }

    var kind: LoadWork.Kind
    var pace: Pace
    /// How many members hand in at least.
    var members: Int
    /// How many transactions one request holds at the most.
    var batch: Int
    /// How many transfers stand in the chain before anything is measured.
    var warm: Int
    var repetitions: Int
    /// The nodes that members hand in at; empty for all validators.
    var places: [String]
    /// Whether the validators have the machine for themselves.
    var isAlone: Bool
    /// How long nothing may become final before what is under way counts as lost, in seconds.
    var timeout: Double
    /// The version that is measured, if it is known.
    var commit: String?

    /// How many open offers a member makes at the most; the ledger allows a few more.
    private static let offersOfMember = 60
    /// How many transactions go before each run and are not measured.
    static let warmInFlight = 1_500

    /// What is handed in at the most in one run.
    var most: Int {
        switch pace {
        case .closed(_, let count): count
        // Arrivals vary; so many more than the mean there never are.
        case .open(let rate, let seconds):
            Int(rate * seconds + 10 * (rate * seconds).squareRoot() + 10)
        }
    }

    /// How many trades are made at a time, each by a seller and a buyer of its own.
    var tradesUnderWay: Int {
        guard case .closed(let inFlight, let count) = pace else { return 0 }
        return max(1, min(inFlight, members / 2, count))
    }

    /// How many members a run takes. At a low rate few, of whom each does something every ten seconds:
    /// a node ends connections that nobody uses.
    var membersOfRun: Int {
        guard kind != .trade else { return 2 * tradesUnderWay }
        var count = members
        if case .open(let rate, _) = pace { count = min(count, max(1, Int(rate * 10))) }
        guard kind == .offer else { return count }
        return max(count, (most + Self.offersOfMember - 1) / Self.offersOfMember)
    }

    var text: String {
        switch pace {
        case .closed(_, let count) where kind == .trade:
            "closed loop: \(count) trades of five steps, \(tradesUnderWay) under way; each step is "
                + "handed in once the one before is final"
        case .closed(let inFlight, let count):
            "closed loop: \(count) transactions, \(inFlight) under way"
        case .open(let rate, let seconds):
            "open loop: \(Figures.text(rate)) a second for \(Figures.text(seconds)) s, arrivals "
                + "planned beforehand; times are from when each was due"
        }
    }
}
