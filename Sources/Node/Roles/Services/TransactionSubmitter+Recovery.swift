import Ledger
import Protocol

extension TransactionSubmitter {
    /// Once a second: makes up for missed blocks, hands in again what the pool has lost, fills
    /// nonces that went missing, and answers those who have waited too long.
    func tick() async {
        await resolvePast()
        await resend()
        await fillGap()
        expire()
        await handIn()
    }

    /// Resolves transactions below the account's nonce. One that is in no block has lost its nonce
    /// to another and can never become final, so its call is safe to sign anew.
    private func resolvePast() async {
        let next = port.finalNonce(of: signer.address)
        for nonce in pending.keys.sorted() where nonce < next {
            guard let entry = pending[nonce] else { continue }
            if let final = await port.finalTransaction(entry.transaction.hash) {
                resolve(nonce, final)
            } else if !entry.isMissed {
                pending[nonce]?.isMissed = true  // the block may not be stored yet: look again
            } else if let lost = pending.removeValue(forKey: nonce), var call = lost.call {
                call.attempts += 1
                if call.attempts < Self.mostAttempts {
                    waiting.insert(call, at: 0)
                } else {
                    finish(call, .failure(.refused("nonce too low, \(call.attempts) times")))
                }
            }
        }
    }

    private func resend() async {
        let now = port.now()
        for nonce in pending.keys.sorted() {
            guard let entry = pending[nonce],
                now.millisecondsSince(entry.sentAt) >= timeouts.resend
            else { continue }
            pending[nonce]?.sentAt = now
            // Whatever the pool answers, the account's nonce decides what became of it.
            _ = await port.submitRaw(entry.transaction)
        }
    }

    /// Where a transaction from before a restart held a nonce and was then lost, everything behind
    /// it would wait for ever. Signing those anew could make a call happen twice; an empty call
    /// in the gap cannot.
    private func fillGap() async {
        let next = port.finalNonce(of: signer.address)
        guard let lowest = pending.keys.min(), lowest > next else {
            gapSince = nil
            return
        }
        let empty = TokenCall.transfer(to: signer.address, amount: .zero)
        let since = gapSince ?? port.now()
        gapSince = since
        guard port.now().millisecondsSince(since) >= timeouts.gap,
            let filler = sign(NativeContract.token, empty, nonce: next)
        else { return }
        pending[next] = Pending(transaction: filler, call: nil, sentAt: port.now())
        if await port.submitRaw(filler) != .accepted { pending[next] = nil }
    }

    private func expire() {
        let now = port.now()
        for nonce in pending.keys.sorted() {
            guard let call = pending[nonce]?.call, call.deadline < now else { continue }
            pending[nonce]?.call = nil
            finish(call, .failure(.timedOut))
        }
        for call in waiting where call.deadline < now { finish(call, .failure(.timedOut)) }
        waiting.removeAll { $0.deadline < now }
    }
}
