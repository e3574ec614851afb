import Ledger
import Market
import Protocol
import Synchronization

@testable import API

/// The meter of a household whose role is the production's, as the node's loop drives it.
final class HouseholdMeter: MeterAccess {
    fileprivate struct State {
        var role: Household
        var now: Timestamp
        var requests: UInt64 = 0
        var submissions: [VerifiedTransaction] = []
        var answers: [RequestNumber: String?] = [:]
    }

    private let state: Mutex<State>

    init(of node: FakeNode) {
        let (snapshot, now) = (node.latest.current, node.contents.withLock { $0.now })
        let identity = RoleIdentity(
            signer: node.seller, head: snapshot.header, state: snapshot.state)
        let role = Household(
            identity, meterKey: node.community.sellerMeter, source: .manual(-500),
            restoring: HouseholdMemory(), at: now)
        state = Mutex(State(role: role, now: now))
    }

    func tell(_ event: RoleEvent, at now: Timestamp) {
        state.withLock { state in
            state.now = now
            state.tell(event)
        }
    }

    /// What its role wants handed in.
    func takeSubmissions() -> [VerifiedTransaction] {
        state.withLock { state in
            defer { state.submissions = [] }
            return state.submissions
        }
    }

    func latest() async -> MeterReading? { state.withLock { $0.role.figures.reading } }

    func setPower(_ power: Int32) async throws(MeterRefusal) {
        let answer = state.withLock { state in
            state.requests += 1
            let number = RequestNumber(state.requests)
            state.tell(.setPower(power, number))
            return state.answers.removeValue(forKey: number)
        }
        guard let answer else { throw MeterRefusal("the role did not answer") }
        if let refusal = answer { throw MeterRefusal(refusal) }
    }
}

extension HouseholdMeter.State {
    fileprivate mutating func tell(_ event: RoleEvent) {
        for effect in role.handle(event, at: now) {
            switch effect {
            case .submit(let transaction): submissions.append(transaction)
            case .reply(let number, let refusal): answers[number] = .some(refusal)
            case .granted, .store, .send, .tell, .log: break
            }
        }
    }
}
