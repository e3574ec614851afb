import Ledger
import Protocol
import Replica

/// What a role may ask, answered by the node that it runs in.
struct RoleServices: NodeServices, TransactionPort {
    let account: Address
    let domain: SigningDomain
    let marketClock: MarketClock
    private let dependencies: RunningRole.Dependencies
    /// Set once the submitter exists, which itself needs these services.
    private let submitter: TransactionSubmitter?

    init(account: Address, dependencies: RunningRole.Dependencies) {
        self.init(account: account, dependencies: dependencies, submitter: nil)
    }

    private init(
        account: Address, dependencies: RunningRole.Dependencies,
        submitter: TransactionSubmitter?
    ) {
        let genesis = dependencies.store.genesis
        self.account = account
        self.dependencies = dependencies
        self.submitter = submitter
        domain = SigningDomain(
            chainID: genesis.chainID, genesisHash: dependencies.store.genesisHash)
        marketClock = genesis.marketClock
    }

    /// The same services, with calls going through `submitter`.
    func submitting(through submitter: TransactionSubmitter) -> RoleServices {
        RoleServices(account: account, dependencies: dependencies, submitter: submitter)
    }

    func now() -> Timestamp { dependencies.clock.now() }

    func state() -> LedgerState { dependencies.latest.current.state }

    func head() -> BlockHeader { dependencies.latest.current.head.block.header }

    func submit(
        to contract: Address, data: Bytes
    ) async throws(CallFailure) -> FinalTransaction {
        guard let submitter else { throw .stopped }
        return try await submitter.submit(to: contract, data: data)
    }

    func send(_ message: MeterMessage, to peer: Address) async -> Bool {
        await dependencies.network.send(.meter(message), to: [peer]) == 1
    }

    func submitRaw(_ transaction: VerifiedTransaction) async -> PoolAnswer {
        switch await dependencies.submissions.submit(transaction) {
        case nil: return .refused("the node is busy or stopping")
        case .success: return .accepted
        case .failure(let error):
            switch error {
            case .known: return .accepted
            case .nonceTaken: return .nonceTaken
            case .inadmissible(.nonceTooLow): return .nonceTooLow
            default: return .refused(error.description)
            }
        }
    }

    func finalTransaction(_ hash: Hash32) async -> FinalTransaction? {
        do {
            return try await dependencies.store.finalTransaction(hash)
        } catch {
            dependencies.logger.error("could not read transaction \(hash): \(error)")
            return nil
        }
    }

    func finalNonce(of account: Address) -> UInt64 { state().account(account).nonce }
}
