import Ledger
import Protocol

/// What the roles have in common: a context, and what they do when something happens. The ledger
/// and the submitter know of an event before the role does.
protocol RoleParts: Role {
    var context: RoleContext { get set }
    mutating func started()
    mutating func tick()
    mutating func blockFinal(_ block: CommittedBlock)
    mutating func linked(_ peer: Address)
    mutating func received(_ message: MeterMessage, from sender: Address)
    mutating func setPower(_ watts: Int32, _ request: RequestNumber)
    mutating func wished(_ wish: OwnerWish, _ request: RequestNumber)
    mutating func limit(to limits: TraderLimits)
    mutating func ownerSignedIn()
    mutating func finished(_ call: CallID, _ outcome: CallOutcome)
    /// Looks at what there is to do on the ledger, after everything but a message.
    mutating func work()
}

extension RoleParts {
    package mutating func handle(_ event: RoleEvent, at now: Timestamp) -> [RoleEffect] {
        context.begin(event, at: now)
        switch event {
        case .started: started()
        case .tick: tick()
        case .blockFinal(let block): blockFinal(block)
        case .linked(let peer): linked(peer)
        case .received(let message, let sender): received(message, from: sender)
        case .setPower(let watts, let request): setPower(watts, request)
        case .wished(let wish, let request): wished(wish, request)
        case .limited(let limits): limit(to: limits)
        case .ownerSignedIn: ownerSignedIn()
        case .answered: break
        }
        let outcomes = context.takeOutcomes()
        for (call, outcome) in outcomes { finished(call, outcome) }
        switch event {
        case .started, .tick, .blockFinal, .limited: work()
        case .linked, .received, .answered, .setPower, .wished, .ownerSignedIn:
            if !outcomes.isEmpty { work() }
        }
        return context.takeEffects()
    }

    mutating func linked(_ peer: Address) {}

    mutating func setPower(_ watts: Int32, _ request: RequestNumber) {
        context.reply(request, refusal: "this node has no meter")
    }

    mutating func wished(_ wish: OwnerWish, _ request: RequestNumber) {
        context.reply(request, refusal: "this node has nobody who could wish for that")
    }

    mutating func limit(to limits: TraderLimits) {}

    mutating func ownerSignedIn() {}
}
