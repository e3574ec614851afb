import Protocol

/// What holds for the whole chain: all that it began with, the domain of its signatures, and how
/// signatures are checked.
final class ChainParameters: Sendable {
    let genesis: Genesis
    let domain: SigningDomain
    let scheme: any SignatureScheme
    /// The rules that this program knows; which of them hold, the state says.
    let rules: RuleBook

    init(
        genesis: Genesis, domain: SigningDomain, scheme: any SignatureScheme, rules: RuleBook
    ) {
        self.genesis = genesis
        self.domain = domain
        self.scheme = scheme
        self.rules = rules
    }
}
