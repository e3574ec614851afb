import API
import Market
import Protocol
import Synchronization

/// Where what the owner asks of the node's role waits for its answer, and what the role shows.
final class OwnerRequests: Sendable {
    private let queue: EventQueue
    /// Why what was asked for is not done; nil inside if it is.
    private let answers = PendingAnswers<String?>()
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
        answers.answer(request.value, .some(refusal))
    }

    /// Turns everyone away who waits or comes later.
    func close() { answers.close() }
}

/// The household's own meter, for its app.
extension OwnerRequests: MeterAccess {
    func latest() async -> MeterReading? { figures.reading }

    func setPower(_ power: Int32) async throws(MeterRefusal) {
        let answer = await answers.ask { queue.offer(.role(.setPower(power, RequestNumber($0)))) }
        guard let answer else {
            throw MeterRefusal("the node is busy or stopping; try again later")
        }
        if let reason = answer { throw MeterRefusal(reason) }
    }
}
