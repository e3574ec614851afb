import Protocol

/// Recovers authors of statements, each once: a signature comes back in every message sent again
/// and in every certificate, and recovering it costs more than all else.
struct KnownSignatures: Sendable {
    /// What every signature covers besides its statement.
    let domain: SigningDomain
    private let scheme: any SignatureScheme
    private var recent: [Statement: Address] = [:]
    private var older: [Statement: Address] = [:]

    private static let generation = 4_096

    init(domain: SigningDomain, scheme: any SignatureScheme) {
        self.domain = domain
        self.scheme = scheme
    }

    /// Who signed `statement`, or nil if the signature is none.
    mutating func author(of statement: Statement) -> Address? {
        if let author = recent[statement] { return author }
        guard let author = older[statement] ?? statement.author(in: domain, scheme: scheme) else {
            return nil
        }
        remember(author, of: statement)
        return author
    }

    /// Keeps the author of a statement that was signed here.
    mutating func remember(_ author: Address, of statement: Statement) {
        if recent.count >= Self.generation {
            older = recent
            recent = [:]
        }
        recent[statement] = author
    }

    /// Why `final` does not follow `context`, or nil if it does.
    func refusal(of final: FinalBlock, after context: HeightContext) -> Rejection? {
        context.refusal(of: final, domain: domain, scheme: scheme)
    }
}

extension Statement {
    /// What `prepare` says.
    init(_ prepare: Prepare) {
        self.init(
            height: prepare.height, round: prepare.round, content: .prepare(prepare.digest),
            signature: prepare.signature)
    }

    /// What `vote` says.
    init(_ vote: RoundChangeVote) {
        self.init(
            height: vote.height, round: vote.round, content: .roundChange(vote.prepared),
            signature: vote.signature)
    }
}
