public import Protocol

/// Everything that the ledger holds after some block. It never changes: whatever takes effect makes
/// another state, which shares all that stayed the same, so copies cost nothing.
///
/// ```swift
/// let first = try GenesisBlock.make(genesis)
/// let next = first.state.build(
///     on: first.block, at: now, proposer: validator, candidates: transactions)
/// let tokens = next.state.account(buyer).balance
/// let proof = next.state.proof(of: .account(buyer))
/// proof.verify(root: next.block.header.stateRoot)  // true
/// ```
public struct LedgerState: Sendable {
    private(set) var tree: StateTree
    let chain: ChainParameters
    /// Who decides on the next block, read once: it is asked for with each block.
    private var validatorSet = ValidatorSet([])
    private(set) var validatorsHash = Hash32.zero

    init(tree: StateTree, chain: ChainParameters) {
        self.tree = tree
        self.chain = chain
        noteValidators()
    }

    private mutating func noteValidators() {
        validatorSet = readValidators()
        validatorsHash = validatorSet.hash
    }

    /// The state after `changes`, each with the SHA-256 of its key.
    func applying(_ changes: [(place: Hash32, entry: StateEntry)]) -> LedgerState {
        var after = self
        after.tree = tree.applying(changes)
        if changes.contains(where: { $0.entry.key == StateKey.validators.bytes }) {
            after.noteValidators()
        }
        return after
    }

    /// The state after the first block of the chain that `genesis` describes.
    ///
    /// Throws if `genesis` contradicts itself. Meters' signatures are checked by `scheme`.
    public init(
        genesis: Genesis, scheme: any SignatureScheme = Secp256k1(), rules: RuleBook = .released
    ) throws(GenesisError) {
        self = try GenesisBlock.make(genesis, scheme: scheme, rules: rules).state
    }

    /// The state that holds `entries`, as a store gives them back in any order.
    ///
    /// Throws if one of them is no record of its table, or if the parameters or the schedule of rules
    /// are missing; whether they are the right ones, ``root`` tells.
    public init(
        entries: some Sequence<StateEntry>, scheme: any SignatureScheme = Secp256k1(),
        rules: RuleBook = .released
    ) throws(MalformedBytes) {
        let entries = Array(entries)
        try StateCheck.check(entries)
        let tree = StateTree().applying(entries)
        guard let bytes = tree.value(at: StateKey.parameters.bytes) else {
            throw MalformedBytes("state: the chain's parameters are missing")
        }
        guard tree.value(at: StateKey.rules.bytes) != nil else {
            throw MalformedBytes("state: the schedule of rules is missing")
        }
        let genesis = try Genesis(rlp: RLP(decoding: bytes))
        do throws(GenesisError) {
            let chain = try GenesisBlock.make(genesis, scheme: scheme, rules: rules).state
                .chain
            self.init(tree: tree, chain: chain)
        } catch {
            throw MalformedBytes("state: \(error)")
        }
    }

    /// The root that headers carry: a function of the content alone.
    public var root: Hash32 { tree.root }

    /// Every entry, sorted by key.
    public var entries: [StateEntry] { tree.entries }

    /// How the entries differ from those of `earlier`, sorted by key, whatever came in between.
    public func changes(since earlier: LedgerState) -> [StateEntry] {
        tree.changes(since: earlier.tree)
    }

    /// Who decides on the next block.
    public func validators() -> ValidatorSet { validatorSet }

    /// What every signature of the chain covers.
    public var domain: SigningDomain { chain.domain }

    /// What proves to a holder of the root what stands at `key`.
    public func proof(of key: StateKey) -> StateProof { tree.proof(of: key.bytes) }
}

extension LedgerState: StateView {
    public func value(at key: StateKey) -> Bytes? { tree.value(at: key.bytes) }

    public var parameters: Genesis { chain.genesis }
}

extension LedgerState: Equatable {
    /// Whether both hold the same, which the roots tell.
    public static func == (left: LedgerState, right: LedgerState) -> Bool {
        left.root == right.root
    }
}
