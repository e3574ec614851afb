import Protocol

extension ReplicaState {
    /// Asks a peer for the blocks that are missing, if some are and no question is open.
    mutating func continueCatchUp() {
        guard !isHalted, catchUp.request == nil, highestHead > chain.height else { return }
        var best: (rank: (Int, Int), peer: Address, head: UInt64)?
        var earliest: Timestamp?
        for (index, peer) in peerOrder.enumerated() {
            guard let record = peers[peer], let head = record.head, isAhead(record),
                isBelieved(peer)
            else { continue }
            let moment = askingTime(of: record, distrust: distrust[peer])
            guard moment <= now else {
                earliest = min(earliest ?? moment, moment)
                continue
            }
            // Each question goes to another one of those that have not failed.
            let turn = (index + Int(catchUp.asked % 1_000)) % peerOrder.count
            let rank = (distrust[peer]?.failures ?? 0, turn)
            if best.map({ rank < $0.rank }) ?? true { best = (rank, peer, head.height) }
        }
        if let best {
            ask(best.peer, upTo: best.head)
        } else if let earliest {
            wake(at: earliest)
        }
    }

    /// Whether to ask `peer`, which shows more than there is here: who has once failed to give what
    /// it showed must prove that it is there.
    private mutating func isBelieved(_ peer: Address) -> Bool {
        distrust[peer] == nil || isProven(peer)
    }

    /// From when on the peer, which is ahead, may be asked. A single new block usually comes by
    /// itself.
    func askingTime(of peer: PeerRecord, distrust: Distrust?) -> Timestamp {
        let retryAt = distrust?.retryAt ?? .zero
        guard isJustAhead(peer) else { return retryAt }
        let since = peer.aheadSince ?? now
        return max(retryAt, since.advanced(byMilliseconds: configuration.announcementGrace))
    }

    private func isJustAhead(_ peer: PeerRecord) -> Bool {
        peer.head.map { $0.height == chain.height + 1 } ?? false
    }

    private mutating func ask(_ peer: Address, upTo height: UInt64) {
        catchUp.asked += 1
        let from = chain.height + 1
        let timeout = configuration.requestTimeout << UInt64(min(distrust[peer]?.failures ?? 0, 2))
        catchUp.request = CatchUp.Request(
            number: catchUp.asked, peer: peer, from: from, timeout: timeout,
            sentAt: isStoringBlocks ? nil : now)
        let count = min(height - chain.height, Limits.syncBlocks)
        report(.catchingUp(from: from, with: peer))
        send(.blocksRequest(from: from, count: count), to: [peer])
        setTimer(.requestTimeout(catchUp.asked), after: timeout)
    }

    /// Whether blocks are to be stored before anything else that this event leads to is done.
    private var isStoringBlocks: Bool {
        effects.contains { if case .commit = $0 { true } else { false } }
    }

    /// Everything that the events before have led to is done by now.
    mutating func noteQuestionIsOut() {
        if catchUp.request != nil, catchUp.request?.sentAt == nil { catchUp.request?.sentAt = now }
    }

    private mutating func wake(at moment: Timestamp) {
        if let set = catchUp.wakeAt, set > now, set <= moment { return }
        catchUp.wakeAt = moment
        effects.append(.setTimer(.catchUp, at: moment))
    }

    mutating func requestTimedOut(_ number: UInt64) {
        guard let request = catchUp.request, request.number == number else { return }
        let waited = now.millisecondsSince(request.sentAt ?? now)
        guard waited >= request.timeout else {
            setTimer(.requestTimeout(number), after: request.timeout - waited)
            return
        }
        giveUp(request)
    }

    private mutating func giveUp(_ request: CatchUp.Request) {
        catchUp.request = nil
        report(.requestTimedOut(request.peer))
        fail(request.peer)
    }

    /// Takes whatever follows on the head, asked for or not: an answer may come late.
    mutating func receivedBlocks(_ blocks: [FinalBlock], from peer: Address) {
        if let request = catchUp.request, request.peer == peer {
            if blocks.isEmpty {
                giveUp(request)
            } else if blocks.first?.block.number == request.from {
                catchUp.request = nil
            }
        }
        let before = chain.height
        for final in blocks where final.block.number == chain.height + 1 {
            guard extend(with: final, from: peer) else { return }
        }
        if chain.height > before { distrust[peer] = nil }
    }

    mutating func receivedBlocksRequest(from: UInt64, count: UInt64, from peer: Address) {
        guard peers[peer]?.requests.take(at: now) == true else {
            report(.misbehaviour(peer, reason: "it asks for blocks too often"))
            return
        }
        guard from <= chain.height, count > 0 else {
            send(.blocks([]), to: [peer])
            return
        }
        // Who asks for the newest block alone was told of it, and would rather have been sent it.
        if from == chain.height { peers[peer]?.isEager = true }
        let available = chain.height - from + 1
        effects.append(
            .serveBlocks(to: peer, from: from, count: min(count, available, Limits.syncBlocks)))
    }
}
