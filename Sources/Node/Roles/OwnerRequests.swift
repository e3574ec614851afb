import API
import Market
import Protocol
import Synchronization

/// Where what the owner asks of the node's role waits for its answer, and what the role shows.
final class OwnerRequests: Sendable {
    private let queue: EventQueue
    private let answers = PendingAnswers<Bool>()
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
    func answer(_ request: RequestNumber, _ isDone: Bool?) {
        answers.answer(request.value, isDone)
    }

    /// Turns everyone away who waits or comes later.
    func close() { answers.close() }
}

/// The household's own meter, for its app.
extension OwnerRequests: MeterAccess {
    func latest() async -> MeterReading? { figures.reading }

    func setPower(_ power: Int32) async throws(MeterRefusal) {
        let isSet = await answers.ask { queue.offer(.role(.setPower(power, RequestNumber($0)))) }
        guard let isSet else {
            throw MeterRefusal("the node is busy or stopping; try again later")
        }
        guard isSet else {
            throw MeterRefusal("this meter follows a profile; only a manual one can be set")
        }
    }
}
