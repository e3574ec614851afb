import Ledger
import Logging
import Protocol

/// What came of an order to mint.
enum MintOutcome: Hashable, Sendable {
    /// The tokens are there.
    case minted(FinalTransaction)
    /// The payment's reference has been used before: its tokens were minted then.
    case alreadyMinted
}

/// The role of the public token exchange: it mints tokens to aggregators against payments, each
/// once, by the payment's reference.
actor Exchange: RoleService {
    /// Tokens that are there from the start.
    struct InitialMint: Hashable, Sendable {
        /// Who gets them; nil for the first aggregator that the ledger knows.
        var aggregator: Address?
        /// How many.
        var amount: TokenAmount
        /// The payment's reference, which makes it happen once in the life of the chain.
        var reference: String
    }

    private let services: any NodeServices
    private let initialMint: InitialMint?
    private let logger: Logger
    private var isMinting = false
    private var isInitialMintDone = false
    private var failures: UInt64 = 0
    private var triesAgainAt = Timestamp.zero

    /// An exchange that makes sure of `initialMint` first.
    init(
        services: any NodeServices, initialMint: InitialMint? = nil,
        logger: Logger = Logger(label: "exchange")
    ) {
        self.services = services
        self.initialMint = initialMint
        self.logger = logger
        isInitialMintDone = initialMint == nil
    }

    func start() {}

    func tick() {}

    func blockFinal(_ block: CommittedBlock) {}

    func received(_ message: MeterMessage, from sender: Address) {
        logger.debug("a meter message, which an exchange has no use for")
    }

    func work() async {
        guard !isInitialMintDone, !isMinting, services.now() >= triesAgainAt, let initialMint,
            let aggregator = initialMint.aggregator ?? firstAggregator()
        else { return }
        isMinting = true
        defer { isMinting = false }
        do throws(CallFailure) {
            _ = try await mint(
                to: aggregator, amount: initialMint.amount, reference: initialMint.reference)
            isInitialMintDone = true
        } catch {
            logger.warning("the initial tokens are not minted yet: \(error)")
            failures = min(failures + 1, 6)
            triesAgainAt = services.now().advanced(byMilliseconds: min(500 << failures, 30_000))
        }
    }

    /// Mints `amount` to an aggregator for the payment `reference`, unless that was done before.
    func mint(
        to aggregator: Address, amount: TokenAmount, reference: String
    ) async throws(CallFailure) -> MintOutcome {
        guard !services.state().isUsed(reference: reference) else { return .alreadyMinted }
        do throws(CallFailure) {
            return .minted(
                try await services.submit(
                    to: NativeContract.token,
                    data: TokenCall.mint(to: aggregator, amount: amount, reference: reference)))
        } catch {
            // An order that timed out before may have come through in the meanwhile.
            if services.state().isUsed(reference: reference) { return .alreadyMinted }
            throw error
        }
    }

    private func firstAggregator() -> Address? {
        services.state().members().first { $0.role == .aggregator }?.account
    }
}
