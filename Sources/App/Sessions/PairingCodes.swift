import API
import Keys
import Protocol

/// Codes by which a device is let in without the password: shown where only the owner looks, good
/// once and for a short time. Nobody else can end one: how often codes may be guessed is for
/// ``GuessGuard`` to say.
struct PairingCodes {
    /// What a code is good for.
    struct Invitation: Hashable {
        let isOwner: Bool
        /// What the device will be called, unless it says so itself.
        let label: String
        /// Which operator it lets in; nil at a household's node.
        let operatorName: String?
        let expiresAt: Timestamp

        init(isOwner: Bool, label: String, operatorName: String? = nil, expiresAt: Timestamp) {
            self.isOwner = isOwner
            self.label = label
            self.operatorName = operatorName
            self.expiresAt = expiresAt
        }
    }

    /// How many codes may wait at once.
    private static let capacity = 20

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

    /// What `text` invites to; nil if it is no code that waits.
    func invitation(by text: String, at now: Timestamp) -> Invitation? {
        waiting[OneTimeCode.plain(text)].flatMap { $0.expiresAt > now ? $0 : nil }
    }

    /// The same, whose code is used up then: it is good once.
    mutating func take(_ text: String, at now: Timestamp) -> Invitation? {
        guard let invitation = invitation(by: text, at: now) else { return nil }
        waiting[OneTimeCode.plain(text)] = nil
        return invitation
    }

    /// Takes back what lets the operator called `name` in.
    mutating func withdraw(operator name: String) {
        waiting = waiting.filter { $0.value.operatorName?.lowercased() != name.lowercased() }
    }
}
