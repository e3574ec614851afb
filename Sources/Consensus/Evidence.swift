public import Protocol

/// Two statements of one validator that no honest one makes together.
public struct Evidence: Hashable, Sendable {
    /// The one that was seen first.
    public let first: Statement
    /// The one that does not go with it.
    public let second: Statement

    /// Puts two statements together; whether they prove anything, ``offender(in:scheme:)`` tells.
    public init(first: Statement, second: Statement) {
        self.first = first
        self.second = second
    }

    /// Who signed both, or nil if the signatures are not one validator's or the statements go
    /// together.
    public func offender(in domain: SigningDomain, scheme: some SignatureScheme) -> Address? {
        guard first.contradicts(second), let author = first.author(in: domain, scheme: scheme),
            second.author(in: domain, scheme: scheme) == author
        else { return nil }
        return author
    }
}

extension Statement {
    /// Whether one honest validator cannot have signed both: two things said of one kind, height
    /// and round, or a commit and a later round change that denies having prepared it.
    public func contradicts(_ other: Statement) -> Bool {
        guard height == other.height else { return false }
        if kind == other.kind, round == other.round { return content != other.content }
        return denies(other) || other.denies(self)
    }

    private func denies(_ other: Statement) -> Bool {
        guard case .roundChange(let claim) = content, case .commit(let digest) = other.content,
            round > other.round
        else { return false }
        guard let claim, claim.round >= other.round else { return true }
        return claim.round == other.round && claim.digest != digest
    }
}

extension Evidence: RLPEncodable, RLPDecodable {
    public var rlp: RLP { .list([first.rlp, second.rlp]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "evidence")
        first = try Statement(rlp: try fields.item())
        second = try Statement(rlp: try fields.item())
        try fields.end()
    }
}
