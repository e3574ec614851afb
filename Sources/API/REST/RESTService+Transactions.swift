internal import Ledger
internal import Protocol
internal import Storage
internal import Transport

extension RESTService {
    /// How long `?wait=final` waits, in seconds, unless told otherwise; and at most.
    private static let defaultWait = 10
    private static let longestWait = 60

    /// Takes `{"raw": "0x…"}` into the pool; with `?wait=final`, answers once it is in a block.
    func submit(_ request: Request, _ target: RequestTarget) async throws -> Reply {
        let wait = try waitTime(target)
        guard let raw = try await object(in: request)["raw"], let bytes = raw.data,
            raw.text?.verbatim.hasPrefix("0x") == true
        else {
            throw Problem.badRequest("raw is the signed transaction, 0x and hexadecimal digits")
        }
        // Listening begins before the transaction can become final.
        let blocks = wait == nil ? nil : parts.feed.blocksForRequest()
        let hash: Hash32
        do throws(SubmissionRefusal) {
            hash = try await parts.submit(bytes)
        } catch {
            throw Problem(error)
        }
        if let wait, let blocks, let final = try await final(hash, within: wait, blocks) {
            return .json(RESTFormat.transaction(final))
        }
        if let dropped = snapshot.pool.droppedTransaction(hash) {
            return .json(RESTFormat.dropped(dropped))
        }
        return .json(["hash": .hash(hash), "status": "pending"], status: 202)
    }

    /// The transaction named `text`; with `?wait=final`, once it is in a block.
    func transaction(_ text: UntrustedText, _ target: RequestTarget) async throws -> Reply {
        let hash = try Self.hash(text)
        let blocks = try waitTime(target) == nil ? nil : parts.feed.blocksForRequest()
        if let final = try await store.transaction(hash: hash) {
            return .json(RESTFormat.transaction(final))
        }
        guard let pending = snapshot.pool.transaction(hash) else {
            if let final = try await store.transaction(hash: hash) {
                return .json(RESTFormat.transaction(final))
            }
            if let dropped = snapshot.pool.droppedTransaction(hash) {
                return .json(RESTFormat.dropped(dropped))
            }
            throw Problem.notFound("this node knows no transaction \(text)")
        }
        if let wait = try waitTime(target), let blocks,
            let final = try await final(hash, within: wait, blocks)
        {
            return .json(RESTFormat.transaction(final))
        }
        let dropped = snapshot.pool.droppedTransaction(hash)
        return .json(dropped.map(RESTFormat.dropped) ?? RESTFormat.pending(pending))
    }

    /// The way of the transaction named `text` through this node.
    func trace(_ text: UntrustedText) throws(Problem) -> JSON {
        guard let trace = parts.trace(try Self.hash(text)) else {
            throw .notFound(
                "this node does not remember the way of transaction \(text): it keeps those of the "
                    + "last \(TransactionTrace.remembered) transactions that it has seen since it "
                    + "was started")
        }
        return RESTFormat.trace(trace, of: parts.identity)
    }

    private static func hash(_ text: UntrustedText) throws(Problem) -> Hash32 {
        guard let hash = Hash32(hexadecimal: text.verbatim) else {
            throw .badRequest("\(text) is no transaction's hash")
        }
        return hash
    }

    private func waitTime(_ target: RequestTarget) throws(Problem) -> Duration? {
        switch target["wait"] {
        case nil: return nil
        case "final": break
        default: throw .badRequest("wait is final or not there")
        }
        let seconds = target["timeout"].map { Int($0.verbatim) ?? 0 } ?? Self.defaultWait
        guard 1...Self.longestWait ~= seconds else {
            throw .badRequest("timeout is from 1 to \(Self.longestWait) seconds")
        }
        return .seconds(seconds)
    }

    /// The transaction once a block of `blocks` has it; nil if that takes longer than `time`.
    private func final(
        _ hash: Hash32, within time: Duration, _ blocks: AsyncStream<CommittedBlock>
    ) async throws -> StoredTransaction? {
        let told = await withTaskGroup(of: StoredTransaction?.self) { group in
            group.addTask {
                for await block in blocks {
                    if let transaction = block.stored(hash) { return transaction }
                }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        try Task.checkCancellation()
        if let told { return told }
        // Whoever is held up for long enough is told of no more blocks.
        return try await store.transaction(hash: hash)
    }
}
