import Protocol
import Replica

extension World {
    /// Draws what the member that means harm does, if there is one: everything where it is alone the
    /// fault, else some.
    static func hostileMember(
        of plan: SimulationRun, _ community: SimulatedCommunity,
        generator: inout SeededGenerator
    ) -> HostileMember? {
        guard let account = community.hostile else { return nil }
        let harms =
            plan.profile == .hostile
            ? Harm.allCases : Harm.allCases.filter { _ in generator.chance(permille: 400) }
        return HostileMember(
            node: plan.validators + plan.others - 1, account: account, harms: harms)
    }

    /// Lets the member that means harm say something, and plans when it does so next.
    mutating func harm() {
        guard let member = hostile, case .faults = phase else { return }
        scheduler.add(.harm, at: time + generator.next(in: 10...200))
        guard let replica = nodes[member.node].replica, nodes[member.node].pausedUntil <= time,
            nodes[member.node].presence == .present,
            let said = hostile?.speak(by: replica, generator: &generator)
        else { return }
        counters.add("harm: \(said.harm.rawValue)")
        let peers = network.neighbours[member.node].filter { network.isUp(member.node, $0) }
            .map { nodes[$0].address }
        for message in said.messages {
            // It reaches others only as bytes can say it, and as what its seals make of it.
            let bytes = WireMessage.replica(message).encoded
            guard
                case .replica(let message)? = try? WireMessage(
                    decoding: bytes, scheme: SimulatedScheme(), isFinal: { isFinal($0, $1) })
            else {
                counters.add("malformed message")
                continue
            }
            send(message, from: member.node, to: peers)
        }
    }

    /// Whether a node lets a block in: the half of the time none looks, as if the links did not, since
    /// the replica must not need them to.
    private func isFinal(_ header: BlockHeader, _ certificate: Certificate) -> Bool {
        time % 2 == 0
            || community.genesis.validators.certifies(
                certificate, block: header.hash, height: header.number, domain: community.domain,
                scheme: SimulatedScheme())
    }

    /// A member that means harm answers a request for blocks so late and with so little that it is
    /// just no failure.
    mutating func dripLater(_ height: UInt64, from node: Int, to peer: Address) {
        counters.add("harm: drops")
        scheduler.add(.drip(from: node, to: peer, height: height), at: time + 2_900)
    }

    mutating func drip(_ height: UInt64, from node: Int, to peer: Address) {
        guard nodes[node].isRunning else { return }
        send(.blocks(nodes[node].store.read(from: height, count: 1)), from: node, to: [peer])
    }

    /// Whether `node` keeps to itself what it was asked for, having announced it.
    func withholds(_ message: ReplicaMessage, at node: Int) -> Bool {
        guard let hostile, hostile.node == node, hostile.harms.contains(.falseAnnouncements),
            case .faults = phase, case .transactionsAnswer = message
        else { return false }
        return true
    }

    /// Whether `node` gives blocks by drops.
    func drips(_ node: Int) -> Bool {
        hostile.map { $0.node == node && $0.harms.contains(.drops) } ?? false
    }

    /// What is wrong about how long transactions took to become final, where the profile bounds that.
    var lateness: String? {
        // Where pools are too small for what is sent, some of it waits.
        guard let limit = plan.profile.finalityLimit,
            let medianLimit = plan.profile.medianFinalityLimit, plan.poolTransactions == nil
        else { return nil }
        let times = acknowledgements.finalAfter.sorted()
        guard times.count >= 20 else { return nil }
        let (late, median) = (times[times.count * 99 / 100], times[times.count / 2])
        if late > limit {
            return "of \(times.count) transactions one in a hundred took \(late) ms or more"
        }
        return median > medianLimit
            ? "of \(times.count) transactions every other took \(median) ms or more" : nil
    }
}
