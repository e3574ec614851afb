import API
import Keys
import Protocol

/// Codes by which a device is let in without the password: shown where only the owner looks, good
/// once and for a short time.
struct PairingCodes {
    /// What a code is good for.
    struct Invitation: Hashable {
        let isOwner: Bool
        /// What the device will be called, unless it says so itself.
        let label: String
        /// Which operator it lets in; nil at a household's node.
        let operatorName: String?
        let expiresAt: Timestamp
        fileprivate var wrongTries = 0

        init(isOwner: Bool, label: String, operatorName: String? = nil, expiresAt: Timestamp) {
            self.isOwner = isOwner
            self.label = label
            self.operatorName = operatorName
            self.expiresAt = expiresAt
        }
    }

    /// How many codes may wait at once.
    private static let capacity = 20
    /// How many wrong codes may be sent while a code waits; then it is good no more.
    private static let mostWrongTries = 50

    private var waiting: [String: Invitation] = [:]

    /// A new code for `invitation`: eight signs, 40 bits. The oldest gives way where too many wait.
    mutating func make(_ invitation: Invitation, at now: Timestamp) -> String {
        waiting = waiting.filter { $0.value.expiresAt > now }
        if waiting.count >= Self.capacity,
            let oldest = waiting.min(by: { $0.value.expiresAt < $1.value.expiresAt })
        {
            waiting[oldest.key] = nil
        }
        let code = OneTimeCode.random(signs: 8)
        waiting[code] = invitation
        return code
    }

    /// What `text` invites to; nil if it is no code that waits. A code is good once, and is still good
    /// where `check` throws.
    mutating func take(
        _ text: String, at now: Timestamp, unless check: (Invitation) throws(Problem) -> Void
    ) throws(Problem) -> Invitation? {
        waiting = waiting.filter { $0.value.expiresAt > now }
        let code = OneTimeCode.plain(text)
        if let invitation = waiting[code] {
            try check(invitation)
            waiting[code] = nil
            return invitation
        }
        for code in waiting.keys { waiting[code]?.wrongTries += 1 }
        waiting = waiting.filter { $0.value.wrongTries < Self.mostWrongTries }
        return nil
    }

    /// Takes back what lets the operator called `name` in.
    mutating func withdraw(operator name: String) {
        waiting = waiting.filter { $0.value.operatorName?.lowercased() != name.lowercased() }
    }
}
