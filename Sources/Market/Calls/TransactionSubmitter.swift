import Protocol

/// Gives an account's calls their nonces, signs them, hands them in, and sees them through to
/// finality: several may be under way at once, and what the pool loses is handed in again.
///
/// A call is signed anew only when another transaction has its nonce, in a final block or in the
/// pool that refused it: else both signatures could take effect. One that would do harm when made
/// twice is never signed anew, as the other transaction may be the same call of a former life. It
/// begins from the ledger's nonce, so a restart needs no memory of its own.
struct TransactionSubmitter: Sendable {
    /// How long things may take, in milliseconds.
    struct Timeouts: Sendable {
        /// How long a call waits for finality before it is called failed.
        var finality: UInt64 = 60_000
        /// After how long without finality a transaction is handed in again.
        var resend: UInt64 = 3_000
        /// How long a nonce may be missing before an empty call takes its place.
        var gap: UInt64 = 10_000
    }

    /// A call that has not been answered.
    struct Call: Sendable {
        let id: CallID
        let to: Address
        let data: Bytes
        /// Whether it is signed once, and answered only when it is known what became of it.
        let isOnce: Bool
        /// When it is called failed if it is not final.
        let deadline: Timestamp
        /// How often another transaction took its nonce in a block.
        var attempts = 0
        /// How often the pool said that its nonce is taken.
        var detours: UInt64 = 0
        /// The pool has taken all nonces below.
        var lowestNonce: UInt64 = 0
    }

    /// A transaction that is under way.
    struct Pending: Sendable {
        let transaction: VerifiedTransaction
        var call: Call?
        /// How long it is not handed in again.
        var pause: Pause
    }

    /// What a call comes to that is made once and has lost its nonce.
    static let overtaken = CallOutcome.failure(
        .refused("another transaction of the account comes before it"))
    /// How many transactions may be under way.
    static let mostPending = 32
    /// How often a call is signed anew because another transaction took its nonce.
    static let mostAttempts = 5

    let signer: any Signer
    let chainID: UInt64
    let scheme: any SignatureScheme
    let timeouts: Timeouts
    var waiting: [Call] = []
    var pending: [UInt64: Pending] = [:]
    /// The account's next nonce on the ledger.
    var nonce: UInt64
    /// The nonce of the transaction that the pool has not answered yet: the next one is signed when
    /// it is known whether this one keeps its nonce.
    var unanswered: UInt64?
    /// How long a nonce before all pending ones may be missing; nil while none is.
    var gap: Pause?
    private var lastID: UInt64 = 0
    /// What is to be handed in.
    private(set) var submissions: [VerifiedTransaction] = []
    /// What calls came to that nobody has been told of.
    private var outcomes: [(CallID, CallOutcome)] = []

    /// A submitter for the account of `signer`, whose next nonce on the ledger is `nonce`.
    init(
        signer: any Signer, chainID: UInt64, nonce: UInt64,
        scheme: any SignatureScheme = Secp256k1(), timeouts: Timeouts = Timeouts()
    ) {
        self.signer = signer
        self.chainID = chainID
        self.nonce = nonce
        self.scheme = scheme
        self.timeouts = timeouts
    }

    /// Whether no call is under way.
    var isIdle: Bool { waiting.isEmpty && pending.isEmpty }

    /// Calls `contract`. One that is to be made `once` is answered only when it is known what became
    /// of it, and fails where another transaction of the account comes before it.
    mutating func call(
        _ contract: Address, _ data: Bytes, once: Bool, at now: Timestamp
    ) -> CallID {
        lastID += 1
        let id = CallID(value: lastID)
        let deadline = now.advanced(byMilliseconds: timeouts.finality)
        waiting.append(Call(id: id, to: contract, data: data, isOnce: once, deadline: deadline))
        handIn(at: now)
        return id
    }

    /// Takes what the pool said to the transaction `hash`.
    mutating func answered(_ hash: Hash32, _ answer: PoolAnswer, at now: Timestamp) {
        guard let nonce = unanswered, pending[nonce]?.transaction.hash == hash else { return }
        unanswered = nil
        if answer != .accepted, let entry = pending.removeValue(forKey: nonce) {
            turnedAway(entry, at: nonce, answer)
        }
        handIn(at: now)
    }

    /// A refused transaction gives its nonce back; where the nonce was what the pool did not like,
    /// it was never told to anyone, and its call may be signed anew.
    private mutating func turnedAway(_ entry: Pending, at nonce: UInt64, _ answer: PoolAnswer) {
        guard var call = entry.call else { return }
        if case .refused(let reason) = answer {
            return finish(call, .failure(.refused(reason)))
        }
        guard !call.isOnce else { return finish(call, Self.overtaken) }
        call.lowestNonce = nonce + 1
        call.detours += 1
        guard call.detours <= Self.mostPending else {
            let reason = "the account's nonces are taken by other transactions"
            return finish(call, .failure(.refused(reason)))
        }
        waiting.insert(call, at: 0)
    }

    /// Signs what waits and hands it in, as far as the pool has answered.
    mutating func handIn(at now: Timestamp) {
        while unanswered == nil, pending.count < Self.mostPending, !waiting.isEmpty {
            let call = waiting.removeFirst()
            var free = max(nonce, call.lowestNonce)
            while pending[free] != nil { free += 1 }
            guard let transaction = sign(call.to, call.data, nonce: free) else {
                finish(call, .failure(.refused("it cannot be signed")))
                continue
            }
            handIn(transaction, for: call, at: now)
        }
    }

    mutating func handIn(_ transaction: VerifiedTransaction, for call: Call?, at now: Timestamp) {
        let nonce = transaction.transaction.nonce
        pending[nonce] = Pending(
            transaction: transaction, call: call, pause: resendPause(from: now))
        unanswered = nonce
        submissions.append(transaction)
    }

    /// Hands in once more what was handed in before; whatever the pool says to it, the account's
    /// nonce decides what became of it.
    mutating func resend(_ nonce: UInt64, at now: Timestamp) {
        guard let transaction = pending[nonce]?.transaction else { return }
        let pause = resendPause(from: now)
        pending[nonce]?.pause = pause
        submissions.append(transaction)
    }

    private func resendPause(from now: Timestamp) -> Pause {
        Pause(from: now, milliseconds: timeouts.resend)
    }

    func sign(_ to: Address, _ data: Bytes, nonce: UInt64) -> VerifiedTransaction? {
        let transaction = Transaction(chainID: chainID, nonce: nonce, to: to, data: data)
        let signature = signer.sign(transaction.signingHash)
        return try? VerifiedTransaction(
            SignedTransaction(transaction: transaction, signature: signature), scheme: scheme)
    }

    mutating func finish(_ call: Call, _ outcome: CallOutcome) {
        outcomes.append((call.id, outcome))
    }

    mutating func takeSubmissions() -> [VerifiedTransaction] {
        defer { submissions = [] }
        return submissions
    }

    mutating func takeOutcomes() -> [(CallID, CallOutcome)] {
        defer { outcomes = [] }
        return outcomes
    }
}
