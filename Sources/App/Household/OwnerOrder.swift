import API
import HTTPTypes
import Ledger
import Market
import Protocol
import Transport

/// A request that has something done on the ledger: whose it is, all that it says, and the key under
/// which it may come again.
struct OwnerOrder: Sendable {
    /// The longest key, in bytes.
    static let longestKey = 64

    /// The token's hash of the device that sends it; zero for a program.
    let visitor: Hash32
    let key: String?
    /// What is asked for: the method, the path with its query, and the body, byte by byte. What that
    /// comes to may be another each time, such as when an offer ends.
    let content: Hash32
    private let body: [UInt8]
    private let type: String?

    /// Reads `request` of `visitor`; throws a ``Problem`` where its key is none.
    init(_ request: Request, of visitor: Sessions.Visitor) async throws {
        try self.init(
            of: visitor, key: Self.key(of: request), method: request.method.verbatim,
            path: request.path.verbatim, type: request.headers[.contentType],
            body: await request.collectBody())
    }

    init(
        of visitor: Sessions.Visitor, key: String?, method: String, path: String,
        type: String? = nil, body: [UInt8] = []
    ) throws(Problem) {
        if let key, !(1...Self.longestKey ~= key.utf8.count) {
            let limit = "from 1 to \(Self.longestKey) bytes"
            throw .badRequest("idempotency-key has \(limit), and this one \(key.utf8.count)")
        }
        self.visitor = visitor.device?.tokenHash ?? .zero
        self.key = key
        self.type = type
        self.body = body
        let parts = [Array(method.utf8), Array(path.utf8), body]
        content = SHA256.hash(parts.flatMap { SHA256.hash($0).bytes })
    }

    /// The object that is its body.
    func json() throws(Problem) -> JSON { try JSON.object(body, type: type) }

    private static func key(of request: Request) -> String? {
        HTTPField.Name("idempotency-key").flatMap { request.headers[$0] }
    }
}

/// What is to be done for an order, and how it is answered.
struct OwnerPlan: Sendable {
    let wish: OwnerWish
    /// What the answer says beside the transaction, once it is final or before.
    var answer: @Sendable (FinalTransaction?) -> JSON = { _ in .object([]) }
    /// What is written down before and after it is done, around the doing.
    var noted: @Sendable (_ done: @Sendable () async -> WishOutcome) async throws -> WishOutcome = {
        await $0()
    }
}
