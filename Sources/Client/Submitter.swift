package import API
package import Console
package import Protocol

/// An account that sends transactions: it signs calls, hands them in at a node and waits until they
/// stand in a final block.
package struct Submitter: Sendable {
    package let key: PrivateKey
    package let chainID: UInt64

    package init(key: PrivateKey, chainID: UInt64) {
        self.key = key
        self.chainID = chainID
    }

    package var address: Address { key.address }

    /// The call of `contract` with `data`, signed as the account's transaction `nonce`.
    package func sign(_ data: Bytes, to contract: Address, nonce: UInt64) -> SignedTransaction {
        Transaction(chainID: chainID, nonce: nonce, to: contract, data: data).signed(by: key)
    }

    /// Sends `data` to `contract` by way of `node`. Throws `refused` with the reason where the
    /// ledger would refuse it, before anything is sent, and where it has failed.
    package func send(
        _ data: Bytes, to contract: Address, at node: NodeClient, waitingFor seconds: Int = 30
    ) throws -> TransactionOutcome {
        _ = try node.read(contract, data, from: address)
        let signed = try submit(data, to: contract, at: node, waitingFor: seconds)
        if let reason = signed.failure { throw CommandFailure(.refused, "\(reason)") }
        return signed
    }

    /// The household's automatic trader uses the same account, so another transaction may take the
    /// nonce first. Only once that one is final, and this one can never be, is another signed: what
    /// a command was told to do must not become final twice. Over plain http, where nothing proves who
    /// says so, it is signed once.
    private func submit(
        _ data: Bytes, to contract: Address, at node: NodeClient, waitingFor seconds: Int
    ) throws -> TransactionOutcome {
        for _ in 0..<10 {
            let nonce = try node.nonce(of: address)
            let signed = sign(data, to: contract, nonce: nonce)
            do {
                if let final = try node.submit(signed, waitingFor: seconds) { return final }
                throw CommandFailure(
                    .late,
                    "\(Keccak256.hash(signed.encoded)) is not final after \(seconds) s; it may "
                        + "still become final")
            } catch let failure as CommandFailure where failure.refusal?.isAboutNonce == true {
                guard node.isProven else {
                    throw CommandFailure(
                        .refused,
                        "\(failure); another one is not signed over plain http, where anything may "
                            + "have answered: run the command again, without --rpc",
                        reason: failure.reason)
                }
                guard try isUsed(nonce, at: node, within: seconds) else { throw failure }
            }
        }
        throw CommandFailure(
            .refused, "\(address) sends so much that this found no place; try again")
    }

    /// Waits up to `seconds` until a final transaction of the account has `nonce`.
    private func isUsed(_ nonce: UInt64, at node: NodeClient, within seconds: Int) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if try node.nonce(of: address, isPending: false) > nonce { return true }
            Terminal.pause(milliseconds: 100)
        }
        return false
    }
}

extension CommandFailure {
    /// Why a node refused a transaction; nil for everything else, and for a reason that is not known
    /// here.
    package var refusal: SubmissionRefusal.Reason? {
        reason.flatMap(SubmissionRefusal.Reason.init(rawValue:))
    }
}
