import Protocol

/// What is wrong with what a peer says.
enum Complaint: Hashable, Sendable {
    /// It speaks for or to a role that it has no business with.
    case misplaced
    /// It speaks faster than a meter does.
    case tooFast
    /// Its meter's figures cannot be.
    case implausible
    /// Its meter has forgotten what it showed before.
    case forgetful
    /// What its meter signed is not what it should be.
    case badReceipt
    /// It does not deliver as it was told to.
    case refusal
}

/// Who was complained of lately: one line a minute for each peer and kind is enough, however often
/// it gives cause.
struct Complaints: Sendable {
    private struct Subject: Hashable {
        let peer: Address
        let kind: Complaint
    }

    private static let milliseconds: UInt64 = 60_000
    /// How many are remembered; those that are over make room.
    private static let most = 1_024

    private var made: [Subject: Pause] = [:]

    /// Whether one may be made now; then no other one of its kind for a minute.
    mutating func allow(_ kind: Complaint, of peer: Address, at now: Timestamp) -> Bool {
        let subject = Subject(peer: peer, kind: kind)
        if let pause = made[subject], !pause.isOver(at: now) { return false }
        if made.count >= Self.most { made = made.filter { !$0.value.isOver(at: now) } }
        guard made.count < Self.most else { return false }
        made[subject] = Pause(from: now, milliseconds: Self.milliseconds)
        return true
    }
}
