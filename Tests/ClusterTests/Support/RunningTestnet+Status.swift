import Foundation
import TestKit
import Testing

/// What `busbar-testnet network status --json` prints.
struct Status: Decodable {
    struct Node: Decodable {
        var name: String
        var role: String
        var pid: Int32?
        var alive: Bool
        var height: UInt64?
        var peers: Int?
        var lastBlockAgeSeconds: Double?
        var residentBytes: UInt64?
    }

    struct Agreement: Decodable {
        var height: UInt64
        var blockHash: String
        var stateRoot: String
        var nodesAgreeing: Int
        var nodesAsked: Int
    }

    struct Market: Decodable {
        struct Trades: Decodable {
            var picked: Int
            var paid: Int
            var delivered: Int
            var settled: Int
            var refunded: Int
        }

        struct Tokens: Decodable {
            var minted: String
            var burned: String
            var balances: String
            var escrow: String
        }

        var trades: Trades
        var settledWh: UInt64
        var tokens: Tokens
    }

    var chainId: UInt64
    var nodes: [Node]
    var agreement: Agreement?
    var market: Market?

    /// Whether no token came from nowhere or went nowhere.
    var conservesTokens: Bool {
        guard let tokens = market?.tokens, let minted = UInt64(tokens.minted),
            let burned = UInt64(tokens.burned), let balances = UInt64(tokens.balances),
            let escrow = UInt64(tokens.escrow)
        else { return false }
        return balances + escrow == minted - burned
    }
}

extension RunningTestnet {
    /// How the testnet is now.
    func status() async throws -> Status {
        let command = try await network("status", "--json")
        try #require(command.exitCode == 0, "\(command.text)")
        return try JSONDecoder().decode(Status.self, from: Data(command.output.utf8))
    }

    /// How many trades have been settled.
    func settledTrades() async throws -> Int {
        try await status().market?.trades.settled ?? 0
    }

    /// Waits until at least `count` more trades have been settled than `before`.
    func settles(_ count: Int, moreThan before: Int, within limit: Duration) async throws -> Bool {
        try await eventually(within: limit, every: .seconds(1)) {
            try await settledTrades() >= before + count
        }
    }

    /// Expects that all live nodes have the same block and state at the same height, and that
    /// tokens are conserved.
    func expectAgreement(of count: Int) async throws {
        let status = try await status()
        let agreement = try #require(status.agreement)
        #expect(agreement.nodesAsked == count)
        #expect(agreement.nodesAgreeing == count, "at block \(agreement.height)")
        #expect(status.conservesTokens, "\(String(describing: status.market))")
    }
}
