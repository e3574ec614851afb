import Protocol

/// The authorities that a state names, and their hash.
final class Electorate: Sendable {
    let authorities: ValidatorSet
    let hash: Hash32

    /// The authorities that `tree` names; none if it names none.
    init(in tree: StateTree) {
        authorities = Self.read(tree.value(at: StateKey.authorities.bytes))
        hash = authorities.hash
    }

    private static func read(_ bytes: Bytes?) -> ValidatorSet {
        guard let bytes else { return ValidatorSet([]) }
        do {
            return try AuthorityList(decoding: bytes).authorities
        } catch {
            fatalError("the state's authorities are damaged: \(error)")
        }
    }
}
