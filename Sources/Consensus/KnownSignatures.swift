import Protocol

/// Recovers authors of statements, each once: a signature comes back in every message sent again
/// and in every certificate, and recovering it costs more than all else.
struct KnownSignatures: Sendable {
    /// What every signature covers besides its statement.
    let domain: SigningDomain
    private let scheme: any SignatureScheme
    private var recent: [Statement: Address] = [:]
    private var older: [Statement: Address] = [:]
    private var digests: [(statement: Subject, digest: Hash32)] = []
    private var oldestDigest = 0

    /// A statement without its signature.
    private struct Subject: Hashable {
        let height: UInt64
        let round: UInt32
        let content: Statement.Content
    }

    private static let generation = 1_024
    /// How many digests are remembered: a validator's votes of a height and some more.
    private static let keptDigests = 8

    init(domain: SigningDomain, scheme: any SignatureScheme) {
        self.domain = domain
        self.scheme = scheme
    }

    /// Who signed `statement`, or nil if the signature is none.
    mutating func author(of statement: Statement) -> Address? {
        if let author = recent[statement] { return author }
        guard let author = older[statement] ?? recover(statement) else { return nil }
        remember(author, of: statement)
        return author
    }

    private mutating func recover(_ statement: Statement) -> Address? {
        let signed = digest(
            height: statement.height, round: statement.round, statement.content)
        return scheme.signer(of: statement.signature, over: signed)
    }

    /// What the signature of a statement covers. Validators say the same things, so most have been
    /// hashed just before.
    mutating func digest(
        height: UInt64, round: UInt32, _ content: Statement.Content
    ) -> Hash32 {
        let subject = Subject(height: height, round: round, content: content)
        if let known = digests.first(where: { $0.statement == subject }) { return known.digest }
        let digest = content.signedDigest(height: height, round: round, in: domain)
        if digests.count < Self.keptDigests {
            digests.append((subject, digest))
        } else {
            digests[oldestDigest] = (subject, digest)
            oldestDigest = (oldestDigest + 1) % Self.keptDigests
        }
        return digest
    }

    /// Keeps the author of a statement that was signed here.
    mutating func remember(_ author: Address, of statement: Statement) {
        if recent.count >= Self.generation {
            swap(&recent, &older)
            recent.removeAll(keepingCapacity: true)
        }
        recent[statement] = author
    }

    /// Why `final` does not follow `context`, or nil if it does.
    func refusal(of final: FinalBlock, after context: HeightContext) -> Rejection? {
        context.refusal(of: final, domain: domain, scheme: scheme)
    }
}

extension Statement {
    init(_ prepare: Prepare) {
        self.init(
            height: prepare.height, round: prepare.round, content: .prepare(prepare.digest),
            signature: prepare.signature)
    }

    init(_ vote: RoundChangeVote) {
        self.init(
            height: vote.height, round: vote.round, content: .roundChange(vote.prepared),
            signature: vote.signature)
    }
}
