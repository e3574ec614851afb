/// A household's node proves to its aggregator that it holds the account's key, when the owner has signed
/// in to its app: the aggregator chooses what is signed.
public struct SignInAnswer: Hashable, Sendable {
    /// What the aggregator chose.
    public var challenge: Hash32
    /// When it was signed, by the household's clock.
    public var time: Timestamp
    /// The account's over both, for this aggregator.
    public var signature: Signature

    public init(challenge: Hash32, time: Timestamp, signature: Signature) {
        self.challenge = challenge
        self.time = time
        self.signature = signature
    }

    /// What is signed when `account` signs in to `aggregator`.
    public static func digest(
        of challenge: Hash32, at time: Timestamp, by account: Address, to aggregator: Address,
        in domain: SigningDomain
    ) -> Hash32 {
        domain.digest(
            of: "sign-in",
            [
                .hash(challenge), .number(time.milliseconds), .address(account),
                .address(aggregator),
            ])
    }
}

extension SignInAnswer: RLPDecodable {
    public var rlp: RLP { .fields(challenge, time, signature) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (challenge, time, signature) = try RLPFields.values(in: rlp, of: "sign-in answer")
    }
}
