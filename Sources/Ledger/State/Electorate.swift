import Protocol

/// The validators that a state names, and their hash.
final class Electorate: Sendable {
    let validators: ValidatorSet
    let hash: Hash32

    /// The validators that `tree` names; none if it names none.
    init(in tree: StateTree) {
        validators = Self.read(tree.value(at: StateKey.validators.bytes))
        hash = validators.hash
    }

    private static func read(_ bytes: Bytes?) -> ValidatorSet {
        guard let bytes else { return ValidatorSet([]) }
        do {
            return try ValidatorList(decoding: bytes).validators
        } catch {
            fatalError("the state's validators are damaged: \(error)")
        }
    }
}
