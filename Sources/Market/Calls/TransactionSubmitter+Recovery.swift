import Ledger
import Protocol

extension TransactionSubmitter {
    /// Tells of a final block, of which none may be left out: answers the calls that are in it, and
    /// signs those anew that have lost their nonces to others.
    mutating func blockFinal(_ block: CommittedBlock, at now: Timestamp) {
        nonce = block.state.account(signer.address).nonce
        guard !isIdle else { return }
        for receipt in block.receipts {
            let entry = pending.first { $0.value.transaction.hash == receipt.transactionHash }
            if let entry { resolve(entry.key, receipt, in: block.header) }
        }
        let lost = pending.keys.filter { $0 < nonce }.sorted()
        waiting.insert(contentsOf: lost.compactMap { lose($0) }, at: 0)
        handIn(at: now)
    }

    private mutating func resolve(
        _ nonce: UInt64, _ receipt: TransactionReceipt, in block: BlockHeader
    ) {
        forget(nonce).map { call in
            let final = FinalTransaction(
                receipt: receipt, blockNumber: block.number, blockTime: block.timestamp)
            finish(call, receipt.revertReason.map { .failure(.reverted($0)) } ?? .success(final))
        }
    }

    /// The transaction is in no block and its nonce is used: it can never become final, so its call
    /// is safe to sign anew.
    private mutating func lose(_ nonce: UInt64) -> Call? {
        guard var call = forget(nonce) else { return nil }
        guard !call.isOnce else {
            finish(call, Self.overtaken)
            return nil
        }
        call.attempts += 1
        guard call.attempts < Self.mostAttempts else {
            finish(call, .failure(.refused("nonce too low, \(call.attempts) times")))
            return nil
        }
        return call
    }

    private mutating func forget(_ nonce: UInt64) -> Call? {
        if unanswered == nonce { unanswered = nil }
        return pending.removeValue(forKey: nonce)?.call
    }

    /// Once a second: hands in again what the pool may have lost, fills nonces that went missing,
    /// and answers calls that have waited too long.
    mutating func tick(at now: Timestamp) {
        guard !isIdle else { return }
        for nonce in pending.keys.sorted() {
            guard let entry = pending[nonce] else { continue }
            if entry.pause.isOver(at: now) { resend(nonce, at: now) }
        }
        fillGap(at: now)
        expire(at: now)
        handIn(at: now)
    }

    /// Where a transaction from before a restart held a nonce and was then lost, everything behind
    /// it would wait for ever. Signing those anew could make a call happen twice; an empty call
    /// in the gap cannot.
    private mutating func fillGap(at now: Timestamp) {
        guard let lowest = pending.keys.min(), lowest > nonce else {
            gap = nil
            return
        }
        let pause = gap ?? Pause(from: now, milliseconds: timeouts.gap)
        gap = pause
        guard pause.isOver(at: now), unanswered == nil else { return }
        let empty = TokenCall.transfer(to: signer.address, amount: .zero)
        guard let filler = sign(NativeContract.token, empty, nonce: nonce) else { return }
        handIn(filler, for: nil, at: now)
    }

    private mutating func expire(at now: Timestamp) {
        for nonce in pending.keys.sorted() {
            guard let call = pending[nonce]?.call, call.isOverdue(at: now) else { continue }
            pending[nonce]?.call = nil
            finish(call, .failure(.timedOut))
        }
        for call in waiting where call.isOverdue(at: now) { finish(call, .failure(.timedOut)) }
        waiting.removeAll { $0.isOverdue(at: now) }
    }
}

extension TransactionSubmitter.Call {
    fileprivate func isOverdue(at now: Timestamp) -> Bool { !isOnce && deadline < now }
}
