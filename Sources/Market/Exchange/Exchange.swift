import Ledger
package import Protocol

/// The role of the public token exchange: it mints tokens to aggregators against payments, each
/// once, by the payment's reference.
package struct Exchange: RoleParts {
    /// Tokens that are there from the start.
    package struct InitialMint: Hashable, Sendable {
        /// Who gets them; nil for the first aggregator that the ledger knows.
        package var aggregator: Address?
        /// How many; zero for none.
        package var amount: TokenAmount
        /// The payment's reference. It happens once in the life of the chain: where tokens were minted
        /// already, none are.
        package var reference: String

        package init(
            aggregator: Address? = nil, amount: TokenAmount = .zero, reference: String = "initial"
        ) {
            self.aggregator = aggregator
            self.amount = amount
            self.reference = reference
        }
    }

    var context: RoleContext
    /// What is to be minted; nil once that is done.
    private var initialMint: InitialMint?
    /// Who gets it; nil as long as there is no aggregator.
    private var receiver: Address?
    private var call: CallID?
    private var failures: UInt64 = 0
    private var pause = Pause.none

    package init(_ identity: RoleIdentity, initialMint: InitialMint) {
        context = RoleContext(identity)
        self.initialMint = initialMint.amount > .zero ? initialMint : nil
    }

    package var figures: RoleFigures { RoleFigures() }

    mutating func started() { receiver = initialMint?.aggregator ?? context.state.firstAggregator }

    mutating func tick() {}

    mutating func blockFinal(_ block: CommittedBlock) {
        guard receiver == nil, !block.changedMembers.isEmpty else { return }
        receiver = context.state.firstAggregator
    }

    mutating func received(_ message: MeterMessage, from sender: Address) {
        context.complain(
            .misplaced, of: sender, at: .debug, "a meter message, which an exchange has no use for")
    }

    mutating func work() {
        guard let mint = initialMint, call == nil, pause.isOver(at: context.now) else { return }
        guard !isMinted(mint) else {
            initialMint = nil
            return
        }
        guard let receiver else { return }
        call = context.call(
            NativeContract.token,
            TokenCall.mint(to: receiver, amount: mint.amount, reference: mint.reference))
    }

    /// Whether the chain has had its initial tokens. The ledger remembers a reference for some time only,
    /// and what was minted for ever.
    private func isMinted(_ mint: InitialMint) -> Bool {
        context.state.supply.minted > .zero || context.state.isUsed(reference: mint.reference)
    }

    mutating func finished(_ call: CallID, _ outcome: CallOutcome) {
        guard self.call == call else { return }
        self.call = nil
        // A call that timed out before may have come through in the meanwhile.
        if case .failure(let failure) = outcome, let mint = initialMint, !isMinted(mint) {
            context.log(.warning, "the initial tokens are not minted yet: \(failure)")
            failures += 1
            pause = Pause(from: context.now, afterFailures: failures)
        }
    }
}
