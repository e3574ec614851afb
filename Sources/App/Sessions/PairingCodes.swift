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
    /// The last codes that are good no more, the newest last: whoever comes with one is told so.
    private var over: [String] = []

    /// A new code for `invitation`: eight signs, 40 bits. The oldest gives way where too many wait.
    mutating func make(_ invitation: Invitation, at now: Timestamp) -> String {
        for late in waiting.keys where waiting[late].map({ $0.expiresAt <= now }) == true {
            end(late)
        }
        if waiting.count >= Self.capacity,
            let oldest = waiting.min(by: { $0.value.expiresAt < $1.value.expiresAt })
        {
            end(oldest.key)
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
        end(OneTimeCode.plain(text))
        return invitation
    }

    /// Whether `text` was a code, and is good no more: it was used, too old, or gave way to others. Of
    /// those that are long past, nobody knows.
    func isOver(_ text: String, at now: Timestamp) -> Bool {
        let code = OneTimeCode.plain(text)
        return over.contains(code) || waiting[code].map { $0.expiresAt <= now } ?? false
    }

    private mutating func end(_ code: String) {
        waiting[code] = nil
        over = over.suffix(Self.capacity - 1) + [code]
    }

    /// Takes back what lets the operator called `name` in.
    mutating func withdraw(operator name: String) {
        waiting = waiting.filter { $0.value.operatorName?.lowercased() != name.lowercased() }
    }
}
