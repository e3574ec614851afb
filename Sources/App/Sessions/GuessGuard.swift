import API
import Protocol

/// Holds up those who guess: after some wrong tries, an address has to wait, longer each time. A try
/// counts from when it is let in, so that nobody gets further ones while the first are looked at.
struct GuessGuard {
    /// How many wrong tries are free, and how long the pauses are after that.
    struct Limit: Sendable {
        let tries: Int
        /// How long a wrong try counts, in milliseconds; who is quiet for as long begins anew.
        let window: UInt64
        /// How long the first pause is, in milliseconds; each further one is twice as long, up to
        /// `longestPause`.
        let firstPause: UInt64
        let longestPause: UInt64
    }

    /// Guesses at the password: five from one address. All addresses together have fifty: there are
    /// more of them for an attacker than a household has, and an owner has codes beside it.
    static let ofPassword = GuessGuard(
        each: Limit(tries: 5, window: 900_000, firstPause: 60_000, longestPause: 900_000),
        all: Limit(tries: 50, window: 900_000, firstPause: 60_000, longestPause: 900_000))

    /// Guesses at a code: five from one address, and no limit for all together, since strangers could
    /// use that up. In ten minutes one address has 40 tries, in a day 3,600; all together no more than
    /// ``capacity`` times as many, and 20 a second beside. There are 2^40 codes. One that is good for
    /// ten minutes is found with a chance of one in 27,000 million from one address, of one in 21 million
    /// from all there are; an invitation, in its whole day, of one in 300 million and one in 200,000.
    static let ofCodes = GuessGuard(
        each: Limit(tries: 5, window: 900_000, firstPause: 15_000, longestPause: 120_000), all: nil)

    /// Of how many addresses it is known what they tried. Those beyond share ``rest``, but for this
    /// machine's own: whoever sits there is crowded out by nobody.
    static let capacity = 1_000
    private static let rest = Limit(
        tries: 20, window: 1_000, firstPause: 1_000, longestPause: 1_000)
    private static let nameOfRest = "rest"
    private static let own: Set<String> = ["127.0.0.1", "::1"]

    /// A try that was let in.
    struct Try {
        fileprivate let name: String
    }

    enum Answer {
        case letIn(Try)
        /// It has to wait.
        case paused(until: Timestamp)
        /// As many are being looked at as it may still try.
        case crowded
    }

    private let each: Limit
    private let limitOfAll: Limit?
    private var records: [String: Record] = [:]
    private var all = Record()

    init(each: Limit, all: Limit?) {
        self.each = each
        limitOfAll = all
    }
}

extension GuessGuard {
    /// Lets `client` try, if it may; then `ended` has to be called.
    mutating func begin(by client: String, at now: Timestamp) -> Answer {
        let name = name(of: client, at: now)
        let end = max(records[name]?.pausedUntil ?? .zero, all.pausedUntil)
        guard end <= now else { return .paused(until: end) }
        var record = records[name] ?? Record()
        guard record.hasRoom(under: limit(of: name), at: now),
            limitOfAll.map({ all.hasRoom(under: $0, at: now) }) ?? true
        else { return .crowded }
        record.underWay += 1
        records[name] = record
        all.underWay += 1
        return .letIn(Try(name: name))
    }

    /// A try is over: right, wrong, or given up without being looked at. Returns until when the client
    /// has to wait now; else how many more it may try before it has to.
    @discardableResult
    mutating func ended(
        _ attempt: Try, isRight: Bool?, at now: Timestamp
    ) -> (pausedUntil: Timestamp?, left: Int) {
        var record = records[attempt.name] ?? Record()
        record.underWay = max(0, record.underWay - 1)
        all.underWay = max(0, all.underWay - 1)
        let limit = limit(of: attempt.name)
        switch isRight {
        case true: (record.wrong, record.pauses) = ([], 0)
        case false:
            record.note(wrongAt: now, under: limit)
            if let limitOfAll { all.note(wrongAt: now, under: limitOfAll) }
        case nil: break
        }
        records[attempt.name] = record.isEmpty ? nil : record
        let end = max(record.pausedUntil, all.pausedUntil)
        return (end > now ? end : nil, limit.tries - record.wrong.count)
    }

    private func limit(of name: String) -> Limit { name == Self.nameOfRest ? Self.rest : each }

    /// Under which name `client` is counted.
    private mutating func name(of client: String, at now: Timestamp) -> String {
        if records[client] != nil || Self.own.contains(client) { return client }
        if records.count >= Self.capacity {
            records = records.filter { !$0.value.isOver(under: limit(of: $0.key), at: now) }
        }
        return records.count < Self.capacity ? client : Self.nameOfRest
    }
}

// What is answered to who guesses.
extension GuessGuard {
    static let busy = Problem.busy("others are signing in; try again")

    static func paused(until end: Timestamp, at now: Timestamp) -> Problem {
        Problem(
            status: 429, title: "Too many tries", detail: "wait before the next try",
            retryAfter: Int(end.millisecondsSince(now) / 1_000) + 1, code: "paused",
            values: [JSON.Member("until", .time(end))])
    }
}

extension GuessGuard.Answer {
    /// The try that was let in; throws if none was.
    func letIn(at now: Timestamp) throws(Problem) -> GuessGuard.Try {
        switch self {
        case .letIn(let guess): return guess
        case .paused(let end): throw GuessGuard.paused(until: end, at: now)
        case .crowded: throw GuessGuard.busy
        }
    }
}

/// What one address has tried.
private struct Record {
    var wrong: [Timestamp] = []
    var underWay = 0
    var pauses = 0
    var pausedUntil = Timestamp.zero

    var isEmpty: Bool { wrong.isEmpty && underWay == 0 && pauses == 0 }

    /// Whether it may try once more, whatever comes of those under way.
    mutating func hasRoom(under limit: GuessGuard.Limit, at now: Timestamp) -> Bool {
        wrong.removeAll { now.millisecondsSince($0) > limit.window }
        return wrong.count + underWay < limit.tries
    }

    mutating func note(wrongAt now: Timestamp, under limit: GuessGuard.Limit) {
        wrong.removeAll { now.millisecondsSince($0) > limit.window }
        if now.millisecondsSince(pausedUntil) > limit.window { pauses = 0 }
        wrong.append(now)
        guard wrong.count >= limit.tries else { return }
        let pause = min(limit.firstPause << UInt64(min(pauses, 10)), limit.longestPause)
        pauses += 1
        pausedUntil = Timestamp(milliseconds: now.milliseconds + pause)
        wrong = []
    }

    /// Whether there is nothing more in it that counts.
    func isOver(under limit: GuessGuard.Limit, at now: Timestamp) -> Bool {
        underWay == 0 && now.millisecondsSince(pausedUntil) > limit.window
            && wrong.allSatisfy { now.millisecondsSince($0) > limit.window }
    }
}
