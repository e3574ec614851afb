import Protocol

extension World {
    /// The nodes that are there, running or crashed.
    var presentNodes: [Int] { nodes.indices.filter { nodes[$0].presence == .present } }

    var anyNode: Int {
        mutating get { generator.pick(presentNodes) }
    }

    /// Whether a node must have all blocks at the end: all that are there, but those whose owner
    /// plays misbehaviours or runs two of them.
    func mustCatchUp(_ node: Int) -> Bool {
        guard nodes[node].presence == .present else { return false }
        guard byzantineNodes[node] != nil else { return true }
        guard let twin = twins[node] else { return false }
        return nodes[twin].presence != .present
            && byzantineNodes[node]?.misbehaviours.isEmpty == true
    }

    /// A node comes that has nothing but the genesis.
    mutating func join() {
        let firstTwin = nodes.count - faulty.count
        let node = nodes.indices.first { $0 < firstTwin && nodes[$0].presence == .awaited }
        guard let node else { return }
        tell(.incident(.join, nodes: [node]))
        counters.add("newcomer")
        nodes[node].presence = .present
        newcomers[node] = time
        start(node)
    }

    /// A node without a vote leaves for good.
    mutating func leave() {
        let candidates = presentNodes.filter { mayLeave($0) && nodes[$0].isRunning }
        guard !candidates.isEmpty else { return }
        let node = generator.pick(candidates)
        tell(.incident(.leave, nodes: [node]))
        counters.add("left for good")
        crash(node, downtime: 0)
        acknowledgements.forgive(node)
        nodes[node].presence = .gone
    }

    /// Whether others can do without a node: without an aggregator no trade would come to an end.
    private func mayLeave(_ node: Int) -> Bool {
        switch nodes[node].part {
        case .aggregator?: plan.others == 1
        case .exchange?, .household?, nil: !nodes[node].isValidator
        }
    }

    /// Notes when a newcomer has all blocks.
    mutating func welcome(_ node: Int) {
        guard let since = newcomers[node], nodes[node].store.height == checker.height else {
            return
        }
        newcomers[node] = nil
        counters.add("newcomer caught up")
        if let limit = plan.profile.catchUpLimit, time - since > limit {
            checker.fail("a new node took \(time - since) ms to have all blocks")
        }
    }
}
