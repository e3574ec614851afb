import API
import App
import Ledger
import Market
import Protocol
import Synchronization

/// Where what the owner asks of the node's role waits for its answer, and what the role shows.
final class OwnerRequests: Sendable {
    private let queue: EventQueue
    /// Why what was asked for is not done; nil inside if it is.
    private let answers = PendingAnswers<String?>()
    /// What came of what is wished of the ledger.
    private let wishes = PendingAnswers<WishOutcome>()
    private let shown = Mutex(RoleFigures())

    init(queue: EventQueue) {
        self.queue = queue
    }

    /// What the role showed last.
    var figures: RoleFigures { shown.withLock { $0 } }

    /// Takes what the role shows now.
    func note(_ figures: RoleFigures) {
        shown.withLock { $0 = figures }
    }

    /// Gives the answer to `request`; a second one is ignored.
    func answer(_ request: RequestNumber, refusal: String?) {
        switch Kind(request) {
        case .power: answers.answer(Kind.number(of: request), .some(refusal))
        case .wish:
            wishes.answer(Kind.number(of: request), .refused(refusal ?? "the role did nothing"))
        }
    }

    /// Tells that what was wished for in `request` is final.
    func grant(_ request: RequestNumber, _ transaction: FinalTransaction) {
        wishes.answer(Kind.number(of: request), .granted(transaction))
    }

    /// Turns everyone away who waits or comes later.
    func close() {
        answers.close()
        wishes.close()
    }
}

/// What a request's number is of: the two kinds are counted apart.
private enum Kind: UInt64 {
    case power = 0
    case wish = 1

    init(_ request: RequestNumber) { self = request.value % 2 == 0 ? .power : .wish }

    func request(_ number: UInt64) -> RequestNumber { RequestNumber(number * 2 + rawValue) }

    static func number(of request: RequestNumber) -> UInt64 { request.value / 2 }
}

/// What the app shows and does.
extension OwnerRequests: RoleAccess {
    func limit(to limits: TraderLimits) -> Bool { queue.offer(.role(.limited(limits))) }

    func ownerSignedIn() { _ = queue.offer(.role(.ownerSignedIn)) }

    func wish(_ wish: OwnerWish) async -> WishOutcome {
        let outcome = await wishes.ask { number in
            queue.offer(.role(.wished(wish, Kind.wish.request(number))))
        }
        return outcome ?? .unanswered
    }
}

/// The household's own meter, for its app.
extension OwnerRequests: MeterAccess {
    func latest() async -> MeterReading? { figures.reading }

    func setPower(_ power: Int32) async throws(MeterRefusal) {
        let answer = await answers.ask {
            queue.offer(.role(.setPower(power, Kind.power.request($0))))
        }
        guard let answer else {
            throw MeterRefusal("the node is busy or stopping; try again later")
        }
        if let reason = answer { throw MeterRefusal(reason) }
    }
}
