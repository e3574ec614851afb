public import Protocol

/// The first block of a chain. It has no transactions and needs no certificate; its hash commits to
/// everything that the chain begins with, through the state's root.
public enum GenesisBlock {
    /// The first block of the chain that `genesis` describes, and the state after it.
    ///
    /// Throws if `genesis` contradicts itself, or begins by rules that `rules` do not hold. Meters'
    /// signatures will be checked by `scheme`.
    public static func make(
        _ genesis: Genesis, scheme: any SignatureScheme = Secp256k1(),
        rules: RuleBook = .released
    ) throws(GenesisError) -> (block: Block, state: LedgerState) {
        try genesis.check()
        try genesis.checkRules(rules)
        let tree = StateTree().applying(entries(of: genesis))
        let header = BlockHeader(
            parentHash: .zero, number: 0, timestamp: genesis.timestamp, proposer: .zero,
            stateRoot: tree.root, transactionsRoot: Block.transactionsRoot(of: []),
            receiptsRoot: Block.receiptsRoot(of: []), logsBloom: LogsBloom(), gasUsed: 0,
            nextValidatorsHash: genesis.validators.hash)
        let block = Block(header: header, transactions: [])
        let domain = SigningDomain(chainID: genesis.chainID, genesisHash: block.hash)
        let chain = ChainParameters(genesis: genesis, domain: domain, scheme: scheme, rules: rules)
        return (block, LedgerState(tree: tree, chain: chain))
    }

    private static func entries(
        of genesis: Genesis
    ) -> [(place: Hash32, entry: StateEntry)] {
        var overlay = StateOverlay(empty: genesis)
        overlay.set(.parameters, genesis.rlp.encoded)
        if let schedule = RuleSchedule(genesis.rules) { overlay.set(.rules, schedule) }
        for contract in Contracts.all { contract.begin(genesis, in: &overlay) }
        return overlay.changes
    }
}
