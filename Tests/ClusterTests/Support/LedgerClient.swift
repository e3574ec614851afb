import TestKit
import Client
import Ledger
import Protocol

/// A client with a key of its own that hands in one transaction after the other, at whatever node
/// answers, and writes down each that a node has called final. What it wrote down must never be
/// missing anywhere.
actor LedgerClient {
    /// A transaction that a node has called final.
    struct Acknowledged {
        let transaction: TransactionOutcome
        /// When the client began with it.
        let begun: ContinuousClock.Instant
        /// When the client knew.
        let at: ContinuousClock.Instant
    }

    /// What was written down so far, in order.
    private(set) var record: [Acknowledged] = []
    private let submitter: Submitter
    /// Gets a little with every other transaction; the others order it back of the aggregator, which
    /// so has something to sell.
    private let recipient: Address
    private let seller: Address
    private let nodes: [NodeClient]
    private var turn = 0

    /// A client of `testnet` with the key of the node `member`, which must not send transactions
    /// itself, asking the nodes called `nodes`.
    init(_ testnet: RunningTestnet, member: String, nodes: [String]) throws {
        submitter = Submitter(
            key: try testnet.key(of: member), chainID: testnet.endpoints.chainId)
        recipient = try testnet.node("exchange").address
        seller = try testnet.node("aggregator").address
        self.nodes = try nodes.map {
            try testnet.node($0).client(timeoutSeconds: 2)
        }
    }

    /// Hands in transactions until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await submitOne()
                // Every one is looked for at every node afterwards.
                try await Task.sleep(for: .milliseconds(80))
            } catch {
                // No node answers now; that is what the faults are for.
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// When the first transaction was known to be final that was begun after `moment`.
    func firstAcknowledged(after moment: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        record.first { $0.begun > moment }?.at
    }

    private func submitOne() async throws {
        let begun = ContinuousClock.now
        let amount = TokenAmount(10_000)
        let call =
            record.count.isMultiple(of: 2)
            ? TokenCall.transfer(to: recipient, amount: amount)
            : TokenCall.purchaseTokens(of: seller, amount: amount, reference: "more")
        let signed = submitter.sign(
            call, to: NativeContract.token, nonce: try await finalNonce())
        // The same bytes to one node after the other: it can be in one block only.
        while !Task.isCancelled {
            turn += 1
            let node = nodes[turn % nodes.count]
            let final = try? await BlockingCall.run {
                try node.makeFinal(signed, waitingFor: 1)
            }
            if let final = final ?? nil {
                record.append(Acknowledged(transaction: final, begun: begun, at: .now))
                return
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The account's nonce by the nodes that answer: whatever is final for one of them is final.
    private func finalNonce() async throws -> UInt64 {
        var highest: UInt64?
        var failure: (any Error)?
        for node in nodes {
            do {
                let address = submitter.address
                let nonce = try await BlockingCall.run {
                    try node.nonce(of: address, isPending: false)
                }
                if nonce >= UInt64(record.count) { return nonce }
                highest = max(highest ?? 0, nonce)
            } catch {
                failure = error
            }
        }
        if let highest { return highest }
        throw failure ?? CancellationError()
    }
}
