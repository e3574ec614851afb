internal import HTTPTypes
internal import Synchronization

// What tasks do with an exchange.
extension HTTPExchange {
    /// Waits for what `answer` has at once, or for whom it keeps; `forget` takes that one back
    /// should the task be cancelled.
    private func wait<Value: Sendable>(
        _ answer: (Waiter<Value>) -> Result<Value, any Error>?,
        forget: @escaping @Sendable (inout State) -> Waiter<Value>?
    ) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if let answer = answer(continuation) { continuation.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { forget(&$0) }?.resume(throwing: CancellationError())
        }
    }

    /// The next bytes of the body, all that have arrived; nil at its end.
    func take() async throws -> [UInt8]? {
        try await wait { reader in
            let answer = answerReader(reader)
            if case .success(let bytes?)? = answer { report(bytes.count) }
            return answer
        } forget: {
            $0.reader.take()
        }
    }

    /// Answers at once, or keeps the continuation and returns nil.
    private func answerReader(_ reader: Waiter<[UInt8]?>) -> Result<[UInt8]?, any Error>? {
        state.withLock { state in
            if !state.arrived.isEmpty {
                defer { state.arrived = [] }
                mailbox.account?.release(state.arrived.count)
                return .success(state.arrived)
            }
            switch state.arrival {
            case .complete: return .success(nil)
            case .failed(let error): return .failure(error)
            case .open: break
            }
            if Task.isCancelled { return .failure(CancellationError()) }
            guard state.reader == nil else {
                return .failure(TransportError.misuse("two readers of one body"))
            }
            state.reader = reader
            return nil
        }
    }

    func awaitHead() async throws -> ResponseHead {
        try await wait(answerHead) { $0.headReader.take() }
    }

    private func answerHead(_ reader: Waiter<ResponseHead>) -> Result<ResponseHead, any Error>? {
        state.withLock { state in
            if let head = state.head { return .success(head) }
            switch state.arrival {
            case .complete: return .failure(TransportError.protocolViolation("no response head"))
            case .failed(let error): return .failure(error)
            case .open: break
            }
            if Task.isCancelled { return .failure(CancellationError()) }
            guard state.headReader == nil else {
                return .failure(TransportError.misuse("two readers of one response head"))
            }
            state.headReader = reader
            return nil
        }
    }

    func sendHead(status: Int, headers: HTTPFields) throws {
        guard (200...999).contains(status) else { throw TransportError.misuse("status \(status)") }
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard !state.hasHead else { throw TransportError.misuse("two heads") }
            state.hasHead = true
        }
        mailbox.account?.answered(status)
        mailbox.post(key, .head(status: status, headers: headers))
    }

    /// Hands over bytes; returns when no more than `writeBuffer` of the stream wait.
    func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        let isFull = try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard state.hasHead, !state.hasFinished else {
                throw TransportError.misuse("bytes before the head or after the end")
            }
            state.waiting += bytes.count
            mailbox.account?.hold(bytes.count)
            return state.waiting > writeBuffer
        }
        mailbox.post(key, .data(bytes))
        if isFull { try await waitForRoom() }
    }

    /// Sends a whole response in one step.
    func respond(status: Int, headers: HTTPFields, body: [UInt8]) async throws {
        guard (200...999).contains(status) else { throw TransportError.misuse("status \(status)") }
        let isFull = try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard !state.hasHead else { throw TransportError.misuse("two heads") }
            state.hasHead = true
            state.hasFinished = true
            state.waiting += body.count
            mailbox.account?.hold(body.count)
            return state.waiting > writeBuffer
        }
        mailbox.account?.answered(status)
        let head = HTTPExchangeCommand.head(status: status, headers: headers)
        if body.isEmpty {
            mailbox.post(key, head, then: .finish(trailers: [:]))
        } else {
            mailbox.post(key, head, then: .data(body), .finish(trailers: [:]))
        }
        if isFull { try await waitForRoom() }
    }

    private func waitForRoom() async throws {
        let number = state.withLock { state in
            state.nextWriter &+= 1
            return state.nextWriter
        }
        try await wait { writer in
            state.withLock { state in
                if let failure = state.failure { return .failure(failure) }
                if state.waiting <= writeBuffer { return .success(()) }
                if Task.isCancelled { return .failure(CancellationError()) }
                state.writers[number] = writer
                return nil
            }
        } forget: {
            $0.writers.removeValue(forKey: number)
        }
    }

    /// Ends this side's body.
    func finish(trailers: HTTPFields) throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard state.hasHead, !state.hasFinished else {
                throw TransportError.misuse("an end before the head or after the end")
            }
            state.hasFinished = true
        }
        mailbox.post(key, .finish(trailers: trailers))
    }

    /// Ends both directions at once and tells the other side so.
    func reset(code: UInt32) {
        fail(.streamClosed)
        mailbox.post(key, .reset(code: code))
    }

    /// Whether both directions have ended.
    var isOver: Bool {
        state.withLock { state in
            if state.failure != nil { return true }
            guard state.hasFinished, case .complete = state.arrival else { return false }
            return true
        }
    }
}
