import Ledger
import Protocol

/// The household's side of a sign-in: it asks for a challenge when the owner has signed in to the app, and
/// again where none comes, and signs the one that it asked for.
struct OwnerSignIn: Sendable {
    /// How often it asks, and for how long, in milliseconds.
    private static let pause: UInt64 = 10_000
    private static let time: UInt64 = 120_000

    private let signer: any Signer
    /// Since when the owner is signed in without the aggregator's knowing, and when it was asked last.
    private var open: (since: Timestamp, askedAt: Timestamp?)?

    init(signer: any Signer) { self.signer = signer }

    mutating func begin(at now: Timestamp) { open = (now, nil) }

    /// Asks `aggregator` if that is due.
    mutating func work(to aggregator: Address?, _ context: inout RoleContext) {
        guard let aggregator, let (since, askedAt) = open else { return }
        let now = context.now
        guard now >= since, now.millisecondsSince(since) < Self.time else {
            open = nil
            return
        }
        if let askedAt, now >= askedAt, now.millisecondsSince(askedAt) < Self.pause { return }
        open = (since, now)
        context.send(.signInWish, to: aggregator)
    }

    /// Signs `challenge`, if this household asked for one.
    mutating func challenged(
        _ challenge: Hash32, by aggregator: Address, _ context: inout RoleContext
    ) {
        guard open?.askedAt != nil else {
            return context.complain(
                .misplaced, of: aggregator, at: .debug, "a challenge that nobody asked for")
        }
        open = nil
        let digest = SignInAnswer.digest(
            of: challenge, at: context.now, by: context.account, to: aggregator,
            in: context.domain)
        let answer = SignInAnswer(
            challenge: challenge, time: context.now, signature: signer.sign(digest))
        context.send(.signInAnswer(answer), to: aggregator)
    }
}
