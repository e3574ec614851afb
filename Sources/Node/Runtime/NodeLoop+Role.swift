import Market
import NIOCore
import Protocol

extension NodeLoop {
    /// Begins the role, and its ticks.
    mutating func startRole() async throws {
        news.insert(.started, at: 0)
        try await tellRole()
        if hosted != nil { dependencies.queue.put(.role(.tick)) }
    }

    /// Tells the role everything that is new, and what came of that.
    mutating func tellRole() async throws {
        guard hosted != nil else {
            for event in takeNews() { release(event) }
            return
        }
        guard !news.isEmpty else { return }
        while !news.isEmpty {
            for event in takeNews() {
                if case .tick = event { setTick() }
                let now = dependencies.clock.now()
                let effects = hosted?.role.handle(event, at: now) ?? []
                for effect in effects { try await perform(effect) }
                release(event)
            }
        }
        if let figures = hosted?.role.figures { dependencies.requests.note(figures) }
    }

    /// Lets the next message of a peer in, once this one is dealt with.
    private func release(_ event: RoleEvent) {
        if case .received(_, let peer) = event { dependencies.meterGate.taken(from: peer) }
    }

    private mutating func takeNews() -> [RoleEvent] {
        defer { news = [] }
        return news
    }

    private mutating func perform(_ effect: RoleEffect) async throws {
        switch effect {
        case .store(let record):
            try await hosted?.store.store(record)
        case .send(let message, let peer):
            // Without a link it is lost, and said again in a while.
            await dependencies.network.send(.meter(message), to: [peer])
        case .tell(let news, let household):
            dependencies.teller?.request(news, for: household)
        case .submit(let transaction):
            try await submit(transaction)
        case .reply(let request, let refusal):
            dependencies.requests.answer(request, refusal: refusal)
        case .granted(let request, let transaction):
            dependencies.requests.grant(request, transaction)
        case .log(let line): dependencies.log.write(line)
        }
    }

    /// The next tick comes a second after this one, however long that takes.
    private func setTick() {
        let queue = dependencies.queue
        dependencies.timers.scheduleTask(in: .seconds(1)) { queue.put(.role(.tick)) }
    }
}
