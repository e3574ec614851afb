import Ledger
import Protocol

/// Households whose owners sign in: each is given a challenge, and what it signs is looked at once.
struct SignIns: Sendable {
    /// How long an answer may take, and how long a household waits for the next challenge, in
    /// milliseconds.
    static let answerTime: UInt64 = 60_000
    static let pause: UInt64 = 5_000
    /// How far a household's clock may be off, in milliseconds.
    static let clockTolerance: UInt64 = 300_000

    private struct Challenge {
        let value: Hash32
        let at: Timestamp
        var isOpen = true
    }

    private let signer: any Signer
    private var given: [Address: Challenge] = [:]
    private var count: UInt64 = 0

    init(signer: any Signer) { self.signer = signer }

    /// Gives `household` a challenge; no more often than once in ``pause``.
    mutating func wished(by household: Address, _ context: inout RoleContext) {
        guard context.hasHousehold(household) else {
            return context.complain(
                .misplaced, of: household, at: .debug, "it is no household of this aggregator")
        }
        if let last = given[household], !Self.isOver(last.at, Self.pause, at: context.now) {
            return context.complain(
                .tooFast, of: household, at: .debug, "it asks for another challenge at once")
        }
        given = given.filter { !Self.isOver($0.value.at, Self.answerTime, at: context.now) }
        count += 1
        // Nobody without the key knows the signature, nor what comes of it.
        let seed = context.domain.digest(
            of: "challenge",
            [.address(household), .number(context.now.milliseconds), .number(count)])
        let value = Keccak256.hash(signer.sign(seed).bytes)
        given[household] = Challenge(value: value, at: context.now)
        context.send(.signInChallenge(value), to: household)
    }

    /// Takes what `household` signed: true if that is the challenge that it was given, signed in time by
    /// its account. A second answer to one challenge counts for nothing.
    mutating func answered(
        _ answer: SignInAnswer, by household: Address, _ context: inout RoleContext
    ) -> Bool {
        guard let challenge = given[household], challenge.isOpen,
            challenge.value == answer.challenge,
            !Self.isOver(challenge.at, Self.answerTime, at: context.now)
        else {
            context.complain(
                .misplaced, of: household, at: .debug, "it answers no challenge that is open")
            return false
        }
        given[household]?.isOpen = false
        let digest = SignInAnswer.digest(
            of: answer.challenge, at: answer.time, by: household, to: context.account,
            in: context.domain)
        guard context.scheme.signer(of: answer.signature, over: digest) == household,
            Self.distance(answer.time, context.now) <= Self.clockTolerance
        else {
            context.complain(
                .badReceipt, of: household,
                "it has not signed its challenge, or its clock is wrong")
            return false
        }
        return true
    }

    private static func isOver(_ time: Timestamp, _ length: UInt64, at now: Timestamp) -> Bool {
        now < time || now.millisecondsSince(time) >= length
    }

    private static func distance(_ one: Timestamp, _ other: Timestamp) -> UInt64 {
        one < other ? other.millisecondsSince(one) : one.millisecondsSince(other)
    }
}
