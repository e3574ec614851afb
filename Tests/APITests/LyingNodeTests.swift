import Client
import Console
import Ledger
import Logging
import NIOPosix
import Protocol
import Synchronization
import TestKit
import Testing
import Transport

@testable import API

/// What a program signs for a listener that is no node.
@Suite struct `A lying node` {
    /// Takes no transaction, and says each time that another one has the nonce.
    private final class Liar: RequestHandler {
        /// The transactions that it was given.
        let given = Mutex<[String]>([])
        /// What it says is the account's next nonce after the final ones.
        let finalNonce = Mutex<UInt64>(0)

        func handle(_ request: Request, _ response: ResponseWriter) async throws {
            let body = try JSON(decoding: try await request.collectBody())
            if let raw = body["raw"]?.text {
                given.withLock { $0.append(raw) }
                var problem = Problem(SubmissionRefusal(.nonceTooLow, "the nonce is used"))
                problem.detail = "the nonce is used"
                return try await Reply.problem(problem).send(to: response)
            }
            let isPending = body["params"]?[1]?.text == "pending"
            let result: JSON =
                switch body["method"]?.text {
                case "eth_call": "0x"
                default: .quantity(isPending ? 0 : finalNonce.withLock { $0 })
                }
            try await Reply.json(["jsonrpc": "2.0", "id": body["id"] ?? .null, "result": result])
                .send(to: response)
        }
    }

    private func send(to liar: Liar) async throws -> CommandFailure? {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try await Server.start(
            ServerConfiguration(security: .none), handler: liar,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let url = "http://127.0.0.1:\(server.boundPort)"
        let failure = try await BlockingCall.run { () -> CommandFailure? in
            do {
                let submitter = Submitter(key: .random(), chainID: 7)
                _ = try submitter.send(
                    TokenCall.cancelPurchase(), to: NativeContract.token,
                    at: NodeClient(url: url), waitingFor: 1)
                return nil
            } catch let failure as CommandFailure {
                return failure
            }
        }
        await server.shutdown(grace: .zero)
        return failure
    }

    @Test func `gets one signature a command`() async throws {
        let liar = Liar()
        let failure = try await send(to: liar)
        #expect(failure?.refusal == .nonceTooLow)
        #expect(liar.given.withLock { $0.count } == 1)
    }
}
