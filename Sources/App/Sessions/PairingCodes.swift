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
        let expiresAt: Timestamp
        fileprivate var wrongTries = 0

        init(isOwner: Bool, label: String, expiresAt: Timestamp) {
            self.isOwner = isOwner
            self.label = label
            self.expiresAt = expiresAt
        }
    }

    /// How many codes may wait at once.
    private static let capacity = 20
    /// How many wrong codes may be sent while a code waits; then it is good no more.
    private static let mostWrongTries = 50
    /// Crockford's base 32: no letter is taken for a digit.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    private var waiting: [String: Invitation] = [:]

    /// A new code for `invitation`: eight signs, 40 bits. The oldest gives way where too many wait.
    mutating func make(_ invitation: Invitation, at now: Timestamp) -> String {
        waiting = waiting.filter { $0.value.expiresAt > now }
        if waiting.count >= Self.capacity,
            let oldest = waiting.min(by: { $0.value.expiresAt < $1.value.expiresAt })
        {
            waiting[oldest.key] = nil
        }
        let code = String(Bytes.random(count: 8).map { Self.alphabet[Int($0) % 32] })
        waiting[code] = invitation
        return code
    }

    /// What `text` invites to; nil if it is no code that waits. A code is good once.
    mutating func take(_ text: String, at now: Timestamp) -> Invitation? {
        waiting = waiting.filter { $0.value.expiresAt > now }
        if let invitation = waiting.removeValue(forKey: Self.plain(text)) { return invitation }
        for code in waiting.keys { waiting[code]?.wrongTries += 1 }
        waiting = waiting.filter { $0.value.wrongTries < Self.mostWrongTries }
        return nil
    }

    /// The code that was meant: people write o for 0 and l for 1, in small letters and in groups.
    private static func plain(_ text: String) -> String {
        String(
            text.uppercased().compactMap { sign -> Character? in
                switch sign {
                case "-", " ": nil
                case "O": "0"
                case "I", "L": "1"
                default: sign
                }
            })
    }

    /// The code in two groups, as people read it.
    static func spaced(_ code: String) -> String { "\(code.prefix(4))-\(code.dropFirst(4))" }
}
