import Faults
import Ledger
import Protocol

/// Gives the account's calls their nonces, signs them, hands them in, and sees them through to
/// finality: several may be under way at once, and what the pool loses is handed in again.
actor TransactionSubmitter {
    /// How long things may take, in milliseconds.
    struct Timeouts: Sendable {
        /// How long a caller waits for finality.
        var finality: UInt64 = 60_000
        /// After how long without finality a transaction is handed in again.
        var resend: UInt64 = 3_000
        /// How long a nonce may be missing before an empty call takes its place.
        var gap: UInt64 = 10_000
    }

    /// A call that somebody waits for.
    struct Call: Sendable {
        let to: Address
        let data: Bytes
        let answer: AsyncStream<Result<FinalTransaction, CallFailure>>.Continuation
        let deadline: Timestamp
        var attempts = 0
    }

    /// A transaction that is under way.
    struct Pending: Sendable {
        let transaction: VerifiedTransaction
        var call: Call?
        var sentAt: Timestamp
        var isMissed = false
    }

    /// How many transactions may be under way: the pool takes no more ahead of the account.
    static let mostPending = Int(Limits.poolNonceGap)
    /// How often a call is signed anew because another transaction took its nonce.
    static let mostAttempts = 5

    let signer: any Signer
    let chainID: UInt64
    let port: any TransactionPort
    let timeouts: Timeouts
    var waiting: [Call] = []
    var pending: [UInt64: Pending] = [:]
    /// Since when a nonce before all pending ones has been missing.
    var gapSince: Timestamp?
    private var isHandingIn = false

    /// A submitter for the account of `signer`. It begins from the ledger's nonce, so a restart
    /// needs no memory of its own.
    init(
        signer: any Signer, chainID: UInt64, port: any TransactionPort,
        timeouts: Timeouts = Timeouts()
    ) {
        self.signer = signer
        self.chainID = chainID
        self.port = port
        self.timeouts = timeouts
    }

    /// Calls `contract` and waits until that is final.
    func submit(
        to contract: Address, data: Bytes
    ) async throws(CallFailure) -> FinalTransaction {
        let (answers, answer) = AsyncStream.makeStream(
            of: Result<FinalTransaction, CallFailure>.self)
        let deadline = port.now().advanced(byMilliseconds: timeouts.finality)
        waiting.append(Call(to: contract, data: data, answer: answer, deadline: deadline))
        await handIn()
        var iterator = answers.makeAsyncIterator()
        guard let result = await iterator.next() else { throw .stopped }
        return try result.get()
    }

    /// Tells of a final block: answers those whose transactions are in it.
    func blockFinal(_ block: CommittedBlock) async {
        let nonces = Dictionary(
            pending.map { ($0.value.transaction.hash, $0.key) }, uniquingKeysWith: { $1 })
        for transaction in block.transactions {
            if let nonce = nonces[transaction.hash] { resolve(nonce, transaction) }
        }
        await handIn()
    }

    /// Hands in what waits, one after the other, so that a refused transaction gives its nonce
    /// back before the next one is signed.
    func handIn() async {
        guard !isHandingIn else { return }
        isHandingIn = true
        while !waiting.isEmpty, pending.count < Self.mostPending {
            await handIn(waiting.removeFirst())
        }
        isHandingIn = false
    }

    private func handIn(_ call: Call) async {
        var lowest: UInt64 = 0
        for _ in 0...Self.mostPending {
            let nonce = nextNonce(from: lowest)
            guard let transaction = sign(call.to, call.data, nonce: nonce) else { break }
            Failpoint.submitterAfterSigning.passUnfailingly()
            pending[nonce] = Pending(transaction: transaction, call: call, sentAt: port.now())
            let answer = await port.submitRaw(transaction)
            Failpoint.submitterAfterHandIn.passUnfailingly()
            guard pending[nonce]?.transaction == transaction, answer != .accepted else { return }
            pending[nonce] = nil
            switch answer {
            case .accepted, .nonceTooLow: continue
            case .nonceTaken: lowest = nonce + 1
            case .refused(let reason):
                finish(call, .failure(.refused(reason)))
                return
            }
        }
        finish(call, .failure(.refused("the account's nonces are taken by other transactions")))
    }

    private func nextNonce(from lowest: UInt64) -> UInt64 {
        var nonce = max(port.finalNonce(of: signer.address), lowest)
        while pending[nonce] != nil { nonce += 1 }
        return nonce
    }

    func sign(_ to: Address, _ data: Bytes, nonce: UInt64) -> VerifiedTransaction? {
        let transaction = Transaction(chainID: chainID, nonce: nonce, to: to, data: data)
        let signature = signer.sign(transaction.signingHash)
        return try? VerifiedTransaction(
            SignedTransaction(transaction: transaction, signature: signature))
    }

    func resolve(_ nonce: UInt64, _ final: FinalTransaction) {
        guard let call = pending.removeValue(forKey: nonce)?.call else { return }
        if let reason = final.receipt.revertReason {
            finish(call, .failure(.reverted(reason)))
        } else {
            finish(call, .success(final))
        }
    }

    func finish(_ call: Call, _ result: Result<FinalTransaction, CallFailure>) {
        call.answer.yield(result)
        call.answer.finish()
    }
}
