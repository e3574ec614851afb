import Protocol

/// Holds up those who guess passwords: after some wrong ones, an address has to wait, longer each
/// time. Who is signed in already, and who pairs a device, is not held up.
struct SignInGuard {
    /// How many wrong passwords an address may send in ``window``.
    static let freeTries = 5
    /// How many all addresses together may send in ``window``: there are more of them for an attacker
    /// than a household has.
    static let freeTriesOfAll = 50
    /// How long a wrong password counts, in milliseconds.
    static let window: UInt64 = 15 * 60_000
    /// How long the first pause is, in milliseconds; each further one is twice as long, up to
    /// ``longestPause``.
    static let firstPause: UInt64 = 60_000
    static let longestPause: UInt64 = 15 * 60_000
    /// Of how many addresses it is known what they tried.
    private static let capacity = 1_000

    private struct Record {
        var wrong: [Timestamp] = []
        var pauses = 0
        var pausedUntil = Timestamp.zero
    }

    private let freeTriesOfAll: Int?
    private var records: [String: Record] = [:]
    private var all = Record()

    /// One that lets all addresses together send so many wrong ones; nil for any number.
    init(freeTriesOfAll: Int? = Self.freeTriesOfAll) { self.freeTriesOfAll = freeTriesOfAll }

    /// Until when `client` has to wait; nil if it may try.
    func pause(of client: String, at now: Timestamp) -> Timestamp? {
        let end = max(records[client]?.pausedUntil ?? .zero, all.pausedUntil)
        return end > now ? end : nil
    }

    /// Counts a wrong password of `client`; how many it may try before it has to wait.
    mutating func wrong(by client: String, at now: Timestamp) -> Int {
        forget(before: now)
        let left = Self.count(&records[client, default: Record()], of: Self.freeTries, at: now)
        if let freeTriesOfAll { _ = Self.count(&all, of: freeTriesOfAll, at: now) }
        return left
    }

    /// Forgets what `client` tried: it knows the password.
    mutating func right(by client: String) { records[client] = nil }

    private static func count(_ record: inout Record, of free: Int, at now: Timestamp) -> Int {
        record.wrong.removeAll { now.millisecondsSince($0) > window }
        record.wrong.append(now)
        guard record.wrong.count >= free else { return free - record.wrong.count }
        let pause = min(firstPause << UInt64(min(record.pauses, 10)), longestPause)
        record.pauses += 1
        record.pausedUntil = Timestamp(milliseconds: now.milliseconds + pause)
        record.wrong = []
        return 0
    }

    private mutating func forget(before now: Timestamp) {
        guard records.count >= Self.capacity else { return }
        records = records.filter { entry in
            entry.value.pausedUntil > now
                || entry.value.wrong.contains { now.millisecondsSince($0) <= Self.window }
        }
        if records.count >= Self.capacity { records = [:] }
    }
}
