import Protocol

extension ReplicaState {
    /// Draws the consequences of what peers show, where they have had the time to hand it over.
    mutating func reviewHeads() {
        guard hasKey else { return }
        synchronizer.reviewHeads(from: standpoint)
        guard let sealed = synchronizer.takeSeals(from: standpoint) else { return }
        runAgreement(.sealed(sealed.head.hash, sealed.certificate))
    }

    /// Asks a peer for the blocks that are missing, if some are, or a second one.
    mutating func continueCatchUp() {
        guard !isHalted else { return }
        while let step = synchronizer.nextStep(isStoring: isStoringBlocks, from: standpoint) {
            switch step {
            case .ask(let question): ask(question)
            case .wake(let moment): return effects.append(.setTimer(.catchUp, at: moment))
            }
        }
    }

    /// Asks before blocks are stored, if some are: the answer is on its way and read meanwhile.
    private mutating func ask(_ question: Question) {
        report(.catchingUp(from: question.from, with: question.peer))
        let request = ReplicaMessage.blocksRequest(from: question.from, count: question.count)
        effects.insert(
            .send(request, to: [question.peer]), at: firstStoring ?? effects.endIndex)
        setTimer(.requestTimeout(question.number), after: question.timeout)
    }

    /// Whether this event leads to blocks that are to be stored.
    private var isStoringBlocks: Bool { firstStoring != nil }

    /// Where the first of the effects stands that stores a block.
    private var firstStoring: Int? {
        effects.firstIndex { if case .commit = $0 { true } else { false } }
    }

    mutating func requestTimedOut(_ number: UInt64) {
        switch synchronizer.expired(number, at: now) {
        case .early(let remaining): setTimer(.requestTimeout(number), after: remaining)
        case .failed(let peer): report(.requestTimedOut(peer))
        case nil: break
        }
    }

    /// Takes whatever follows on the head, asked for or not: an answer may come late.
    mutating func receivedBlocks(_ blocks: [FinalBlock], from peer: Address) {
        if synchronizer.isLetDown(by: blocks, of: peer, at: now) { report(.requestTimedOut(peer)) }
        let before = chain.height
        for final in blocks where final.block.number == chain.height + 1 {
            guard extend(with: final, from: peer) else { return }
        }
        if chain.height > before { synchronizer.trust(peer) }
    }

    mutating func receivedBlocksRequest(from: UInt64, count: UInt64, from peer: Address) {
        guard synchronizer.takesQuestion(of: peer, at: now) else {
            report(.misbehaviour(peer, reason: "it asks for blocks too often"))
            return
        }
        guard from <= chain.height, count > 0 else {
            send(.blocks([]), to: [peer])
            return
        }
        // Who asks for the newest block alone was told of it, and would rather have been sent it.
        if from == chain.height { synchronizer.makeEager(peer) }
        let available = chain.height - from + 1
        effects.append(
            .serveBlocks(to: peer, from: from, count: min(count, available, Limits.syncBlocks)))
    }
}
