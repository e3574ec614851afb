import Ledger
import Protocol

// From users.

extension ReplicaState {
    /// Takes a user's transaction into the pool and tells its hash; or lets it wait a moment for its
    /// predecessors; or tells why not.
    mutating func submitted(_ transaction: VerifiedTransaction, _ request: RequestID) {
        guard let rejection = take(transaction, request) else {
            takeEarlySubmissions(of: transaction.sender)
            noteWork()
            return
        }
        if case .nonceTooHigh(let stated, let next) = rejection, request != .ofRole,
            stated - next <= configuration.poolLimits.nonceGap,
            early.add(transaction, request, at: now)
        {
            return
        }
        effects.append(.answer(request, .failure(rejection)))
    }

    /// Takes a user's transaction into the pool and tells its hash, or returns why not.
    private mutating func take(
        _ transaction: VerifiedTransaction, _ request: RequestID
    ) -> PoolRejection? {
        do {
            let ready = try chain.admit(transaction, isOwn: true, at: now)
            keep(transaction)
            effects.append(.answer(request, .success(transaction.hash)))
            announce(ready)
            return nil
        } catch {
            if error == .known, chain.adopt(transaction.hash) {
                keep(transaction)
                transactions.noteForRepetition(transaction.hash, isOwn: true, at: now)
            }
            return error
        }
    }

    private mutating func keep(_ transaction: VerifiedTransaction) {
        effects.append(.keep(KeptSubmission(transaction: transaction, received: now)))
    }

    /// Takes those of `sender` that have waited for their predecessors, as far as these are there.
    private mutating func takeEarlySubmissions(of sender: Address) {
        while let submission = early.take(of: sender, upTo: chain.nextNonce(of: sender)) {
            guard let rejection = take(submission.transaction, submission.request) else { continue }
            effects.append(.answer(submission.request, .failure(rejection)))
        }
    }

    /// Tells those that have waited long enough which nonce is next.
    mutating func refuseEarlySubmissions() {
        for submission in early.takeDue(at: now) {
            let transaction = submission.transaction
            let rejection = PoolRejection.nonceTooHigh(
                stated: transaction.transaction.nonce, next: chain.nextNonce(of: transaction.sender)
            )
            effects.append(.answer(submission.request, .failure(rejection)))
        }
    }

    /// Takes back what users had submitted before this node was started.
    mutating func restore(_ submissions: [KeptSubmission]) {
        for submission in submissions { announce(chain.restore(submission, at: now)) }
        noteWork()
    }
}

// From peers.

extension ReplicaState {
    /// Takes what the pool takes of what a peer sends unasked, as far as its budget reaches.
    mutating func receivedTransactions(_ received: [VerifiedTransaction], from peer: Address) {
        for transaction in received {
            guard transactions.takesUnasked(transaction, from: peer, at: now) else { break }
            take(transaction, from: peer)
        }
        noteWork()
    }

    /// Asks for what is announced and lacking here; of a full pool nothing is asked.
    mutating func receivedAnnouncement(of hashes: [Hash32], from peer: Address) {
        guard transactions.takesAnnouncement(of: hashes.count, from: peer, at: now) else { return }
        for hash in hashes {
            transactions.noteShown(hash, by: peer)
            guard !chain.pool.contains(hash), transactions.isWorthAsking(for: hash),
                !chain.pool.isFull
            else { continue }
            requests.announced(hash, by: peer, at: now)
        }
    }

    /// Gives a peer what is here of the transactions that it asks for.
    mutating func receivedTransactionsRequest(
        _ number: UInt64, for hashes: [Hash32], from peer: Address
    ) {
        let found =
            Set(hashes).count == hashes.count ? hashes.compactMap(chain.pool.transaction) : []
        guard let given = transactions.answer(with: found, to: peer, at: now) else { return }
        send(.transactionsAnswer(number: number, transactions: given), to: [peer])
    }

    mutating func receivedTransactionsAnswer(
        _ number: UInt64, with received: [VerifiedTransaction], from peer: Address
    ) {
        let bytes = received.reduce(0) { $0 + $1.encoded.count }
        let answer = requests.answered(
            number, by: peer, with: received.map(\.hash), isCut: TransactionMessages.isFull(bytes),
            at: now)
        switch answer {
        case .asked:
            for transaction in received { take(transaction, from: peer) }
            noteWork()
        case .unasked: receivedTransactions(received, from: peer)
        case .wrong: report(.misbehaviour(peer, reason: "transactions that were not asked for"))
        }
    }

    /// Takes what the pool takes. An honest peer may send what it cannot know to be included or known
    /// already, so refusals are no misbehaviour.
    private mutating func take(_ transaction: VerifiedTransaction, from peer: Address) {
        transactions.noteShown(transaction.hash, by: peer)
        requests.found(transaction.hash)
        do {
            announce(try chain.admit(transaction, isOwn: false, at: now))
            wasOfUse = true
            takeEarlySubmissions(of: transaction.sender)
        } catch .inadmissible(.nonceTooLow) {
            transactions.noteSettled(transaction.hash)
        } catch .known {
            return
        } catch {
            transactions.noteRefused(transaction.hash)
        }
    }

    mutating func giveUpTransactionRequests() {
        for peer in requests.giveUpOverdue(at: now) { report(.transactionsWithheld(peer)) }
    }
}

// To peers.

extension ReplicaState {
    /// Who hears of transactions: the validators, who alone put them into blocks. Where so few are
    /// linked that all may be faulty, everyone who is linked: somebody may know the way.
    private var audience: [Address] {
        isReached(by: synchronizer.validators) ? synchronizer.validators : synchronizer.order
    }

    private func isReached(by validators: [Address]) -> Bool {
        validators.count > chain.validators.faultsTolerated
    }

    /// Tells a new peer what could be in the next block, if it hears of transactions.
    mutating func greet(_ peer: Address) {
        guard audience.contains(peer) else { return }
        for message in transactions.greeting(chain.pool.ready(), to: peer, at: now) {
            send(message, to: [peer])
        }
    }

    /// Passes on what could be in the next block since now.
    private mutating func announce(_ ready: [VerifiedTransaction]) {
        for transaction in ready {
            let isOwn = chain.pool.readyEntry(transaction.hash)?.isOwn ?? false
            transactions.add(transaction, isOwn: isOwn, at: now)
        }
    }

    /// Passes on what waits, and asks for what is lacking.
    mutating func passTransactionsOn() {
        switch transactions.flush(to: audience, at: now) {
        case .wait(let milliseconds): setTimer(.gossip, after: milliseconds)
        case .send(let parcels): send(parcels)
        case nil: break
        }
        for request in requests.takeRequests(at: now) {
            send(
                .transactionsRequest(number: request.number, hashes: request.hashes),
                to: [request.peer])
        }
        set(.transactionsTimeout, at: requests.nextTimer())
        set(.earlySubmission, at: early.nextTimer())
        set(.repetition, at: transactions.nextRepetition(at: now))
    }

    /// Announces again what is in no block after a while.
    mutating func repeatTransactions() {
        let pool = chain.pool
        send(
            transactions.repetitions(to: audience, orTo: synchronizer.order, at: now) {
                pool.readyEntry($0)?.transaction
            })
    }

    private mutating func set(_ timer: ReplicaTimer, at moment: Timestamp?) {
        if let moment { effects.append(.setTimer(timer, at: moment)) }
    }
}

// What becomes of them.

extension ReplicaState {
    private mutating func noteWork() {
        if chain.hasWork { runAgreement(.workArrived) }
    }

    /// Notes that what `block` holds is final, and what changed in the pool by that.
    mutating func settle(_ block: Block, _ change: Mempool.Change) {
        for transaction in block.transactions {
            transactions.noteSettled(transaction.hash)
            requests.found(transaction.hash)
        }
        note(change)
        guard !early.isEmpty else { return }
        for sender in early.senders { takeEarlySubmissions(of: sender) }
    }

    /// Reports what left the pool, and passes on what could be in the next block since.
    mutating func note(_ change: Mempool.Change) {
        for name in DropReason.names {
            let count = change.dropped.count { $0.reason.name == name }
            if count > 0 { report(.transactionsDropped(count, reason: name)) }
        }
        announce(change.ready)
    }
}
