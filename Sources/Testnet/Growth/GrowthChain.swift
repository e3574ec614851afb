import Console
import Ledger
import Protocol
import Storage

/// A genuine chain that is made in one process as fast as it goes: the ledger executes every block as a
/// node does, a quorum of the validators seals it, and the store writes it. Only what this process has
/// signed itself it does not check again.
struct GrowthChain {
    /// A call and who makes it.
    struct Call {
        let sender: PrivateKey
        let target: Address
        let data: Bytes
    }

    let genesis: Genesis
    private(set) var head: Block
    private(set) var state: LedgerState
    /// How many transactions stand in all blocks up to each.
    private var transactionsUpTo = [0]
    private let validators: [PrivateKey]
    private let signers: KnownSigners
    private let directory: String
    private var store: ChainStore
    private var nonces: [Address: UInt64] = [:]
    /// The block that is being stored while the next one is made.
    private var storing: Task<Void, any Error>?

    init(
        _ genesis: Genesis, validators: [PrivateKey], signers: KnownSigners, in directory: String
    ) throws {
        self.genesis = genesis
        self.validators = validators
        self.signers = signers
        self.directory = directory
        (head, state) = try GenesisBlock.make(genesis, scheme: signers)
        store = try ChainStore.open(directory: directory, genesis: genesis)
    }

    /// How many transactions stand in all blocks.
    var transactionCount: Int { transactionsUpTo.last ?? 0 }

    /// How many transactions stand in the blocks after block `first`, up to block `last`.
    func transactionCount(after first: UInt64, upTo last: UInt64) -> Int {
        transactionsUpTo[Int(last)] - transactionsUpTo[Int(min(first, last))]
    }

    /// Makes as many blocks as `calls` need, the first at `time`. Every call must succeed.
    mutating func add(_ calls: [Call], at time: Timestamp) async throws {
        var time = max(time, head.header.timestamp)
        var waiting = try sign(calls)[...]
        while !waiting.isEmpty {
            let full = Self.block(of: waiting)
            try await seal(Array(full), at: time)
            waiting = waiting.dropFirst(full.count)
            time = time.advanced(byMilliseconds: genesis.minimumBlockInterval)
        }
    }

    /// The first of `transactions`: as many as fit into a block.
    private static func block(
        of transactions: ArraySlice<VerifiedTransaction>
    ) -> ArraySlice<VerifiedTransaction> {
        var (gas, bytes) = (Limits.blockGas, Limits.blockBytes - 4_096)
        return transactions.prefix(Limits.blockTransactions).prefix { transaction in
            let needed = LedgerState.gasUsed(by: transaction)
            let size = transaction.encoded.count + 8
            guard gas >= needed, bytes >= size else { return false }
            gas -= needed
            bytes -= size
            return true
        }
    }

    private mutating func sign(_ calls: [Call]) throws -> [VerifiedTransaction] {
        try calls.map { call in
            let address = call.sender.address
            let nonce = nonces[address] ?? 0
            nonces[address] = nonce + 1
            let transaction = Transaction(
                chainID: genesis.chainID, nonce: nonce, to: call.target, data: call.data)
            return try VerifiedTransaction(
                transaction.signed(by: call.sender), scheme: Signed(by: address))
        }
    }

    private mutating func seal(
        _ transactions: [VerifiedTransaction], at time: Timestamp
    ) async throws {
        let turn = Int(head.number) % validators.count
        let execution = state.build(
            on: head, at: time, proposer: validators[turn].address, candidates: transactions)
        if let reason = execution.receipts.compactMap(\.revertReason).first {
            throw CommandFailure(.unsound, "block \(head.number + 1): a call reverts: \(reason)")
        }
        guard execution.receipts.count == transactions.count else {
            throw CommandFailure(
                .unsound,
                "block \(head.number + 1) has \(execution.receipts.count) of "
                    + "\(transactions.count) calls")
        }
        let digest = state.domain.commitDigest(
            height: execution.block.number, round: 0, block: execution.block.hash)
        let seals = validators.prefix(state.validators().quorum).map { $0.sign(digest) }
        let block = CommittedBlock(
            execution, certificate: Certificate(round: 0, seals: seals),
            decidedBy: state.validators())
        (head, state) = (execution.block, execution.state)
        transactionsUpTo.append(transactionCount + transactions.count)
        try await keep(block)
    }

    private mutating func keep(_ block: CommittedBlock) async throws {
        try await storing?.value
        storing = Task { [store] in try await store.commit(block) }
    }

    /// Closes the store while `body` looks at its files.
    mutating func paused<Result>(
        _ body: (_ directory: String) async throws -> Result
    ) async throws -> Result {
        try await storing?.value
        storing = nil
        try store.close()
        let result = try await body(directory)
        store = try ChainStore.open(directory: directory, genesis: genesis)
        return result
    }

    /// Ends it; the files stay.
    mutating func close() async throws {
        try await storing?.value
        storing = nil
        try store.close()
    }
}

/// The sender of a transaction that this process has signed.
private struct Signed: SignatureScheme {
    let address: Address

    init(by address: Address) { self.address = address }

    func signer(of signature: Signature, over digest: Hash32) -> Address? { address }
}
