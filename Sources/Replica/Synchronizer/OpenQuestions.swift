import Protocol

/// The questions for blocks that peers have not answered yet, and how fast each peer gave what it
/// was asked for last.
///
/// A peer is judged by its pace against the best of the others: one that gives a block now and then,
/// always just in time, is worth no more than one that is silent. Where an answer takes longer than
/// the best would take, a second peer is asked for the same, and whoever answers first is taken. The
/// paces outlive the links, so that reconnecting does not help.
struct OpenQuestions: Sendable {
    private var open: [Question] = []
    /// How many questions have been asked.
    private(set) var asked: UInt64 = 0
    /// Blocks in a thousand seconds.
    private var paces: [Address: UInt64] = [:]

    /// So many blocks say how fast a peer is; the time of fewer is the network's.
    private static let fairSample = 16
    /// How long an answer may take before a second peer is asked, in milliseconds, at least.
    private static let secondAfter: UInt64 = 250

    mutating func ask(
        _ peer: Address, from: UInt64, count: UInt64, timeout: UInt64, sentAt: Timestamp?
    ) -> Question {
        asked += 1
        let question = Question(
            number: asked, peer: peer, from: from, count: count, timeout: timeout, sentAt: sentAt)
        open.append(question)
        return question
    }

    /// Those for the block of height `from` and what follows.
    func questions(from: UInt64) -> [Question] { open.filter { $0.from == from } }

    /// The question to `peer`.
    func question(to peer: Address) -> Question? { open.first { $0.peer == peer } }

    /// The question numbered so.
    func question(numbered number: UInt64) -> Question? { open.first { $0.number == number } }

    /// The question to `peer` is not open any more.
    mutating func close(to peer: Address) { open.removeAll { $0.peer == peer } }

    /// Everything that was to go out has gone out.
    mutating func areOut(at now: Timestamp) {
        for index in open.indices where open[index].sentAt == nil { open[index].sentAt = now }
    }

    mutating func clockWentBack(to moment: Timestamp) {
        for index in open.indices {
            open[index].sentAt = open[index].sentAt.map { min($0, moment) }
        }
    }

    /// `peer` has answered with `count` blocks.
    mutating func answered(_ question: Question, with count: Int, at now: Timestamp) {
        close(to: question.peer)
        let given = min(UInt64(count), question.count)
        guard given >= Self.fairSample || given < question.count, let sentAt = question.sentAt
        else { return }
        // An answer that came while blocks were stored was here at once: its peer is not the slow one.
        paces[question.peer] = given * 1_000_000 / max(now.millisecondsSince(sentAt), 1)
    }

    /// How much slower `peer` is than the best of `peers`: 0 for a little or unknown, 1 for more
    /// than twice, 2 for more than eight times.
    func slowness(of peer: Address, among peers: [Address]) -> Int {
        guard let pace = paces[peer] else { return 0 }
        let best = bestPace(of: peers)
        if pace >= best / 2 { return 0 }
        return pace >= best / 8 ? 1 : 2
    }

    /// When a second one of `peers` is to be asked what `question` asks: when the best of them would
    /// have answered twice.
    func secondMoment(for question: Question, among peers: [Address], at now: Timestamp)
        -> Timestamp
    {
        let best = bestPace(of: peers)
        let usual = best > 0 ? 2 * question.count * 1_000_000 / best : 0
        let wait = min(max(usual, Self.secondAfter), question.timeout)
        return (question.sentAt ?? now).advanced(byMilliseconds: wait)
    }

    private func bestPace(of peers: [Address]) -> UInt64 {
        peers.reduce(0) { max($0, paces[$1] ?? 0) }
    }
}
