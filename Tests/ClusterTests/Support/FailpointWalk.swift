import Foundation
import Glibc
import TestKit
import Testing

/// Lets nodes of a running testnet die at their failpoints, one after the other, and start
/// again.
struct FailpointWalk {
    /// How a node gets to a failpoint.
    enum Path {
        /// By starting.
        case start
        /// By starting, and at the given pass.
        case run(pass: Int)
        /// By being told to stop.
        case stop
        /// By starting without a ledger.
        case startEmpty
    }

    struct Trial {
        let point: String
        let path: Path
    }

    /// Trials that are made one after the other, at nodes in turn, beside other lanes.
    struct Lane {
        let nodes: [String]
        let trials: [Trial]
    }

    let testnet: RunningTestnet

    private static func trials(_ path: Path, _ points: String...) -> [Trial] {
        points.map { Trial(point: $0, path: path) }
    }

    /// Every failpoint of a node, once. No more than one validator is away at a time.
    static let lanes = [
        Lane(
            nodes: ["v1", "v2", "v3", "v4"],
            trials: trials(
                .run(pass: 3), "votes.before-append", "votes.in-transaction",
                "votes.before-mark", "votes.after-commit")
                + trials(
                    .run(pass: 2), "votes.before-prune", "votes.after-prune",
                    "block.before-transaction", "block.after-header",
                    "block.after-transactions", "block.after-state", "block.after-commit",
                    "block.after-feed")
                + trials(
                    .start, "open.after-lock", "open.after-seal-removed", "load.after-votes",
                    "load.after-state")
                + trials(
                    .stop, "close.before-checkpoint", "close.after-checkpoint",
                    "seal.before-rename", "seal.after-rename")
                + trials(
                    .startEmpty, "voting-right.before-replace", "voting-right.in-transaction",
                    "voting-right.after-commit")),
        Lane(
            nodes: ["h01"],
            trials: trials(
                .startEmpty, "genesis.after-schema", "genesis.before-commit",
                "genesis.after-commit")
                + trials(
                    .run(pass: 1), "registers.in-transaction", "registers.after-commit",
                    "submitter.after-signing", "submitter.after-hand-in",
                    "receipt.before-transaction", "receipt.in-transaction",
                    "receipt.after-commit", "keep.before-write", "keep.after-write")
                + trials(.start, "keep.before-rename", "keep.after-rename")),
        Lane(
            nodes: ["aggregator"],
            trials: trials(
                .run(pass: 1), "readings.in-transaction", "readings.after-commit",
                "trade.in-transaction", "step.in-transaction", "step.after-commit",
                "sale.in-transaction")),
    ]

    /// Makes the trials of `lane`.
    func walk(_ lane: Lane) async throws {
        for (index, trial) in lane.trials.enumerated() {
            let name = lane.nodes[index % lane.nodes.count]
            let start = ContinuousClock.now
            try await make(trial, at: name)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            print("failpoint \(trial.point) at \(name): \((seconds * 10).rounded() / 10) s")
        }
    }

    private func make(_ trial: Trial, at name: String) async throws {
        try await testnet.send(SIGTERM, to: name)
        var pass = 1
        if case .run(let given) = trial.path { pass = given }
        if case .startEmpty = trial.path { try await forget(name) }
        let node = try testnet.start(name, ["BUSBAR_FAILPOINT": "\(trial.point)=kill@\(pass)"])
        if case .stop = trial.path {
            let runs = try await eventually(within: .seconds(30), every: .milliseconds(50)) {
                try node.log().contains("\(name) runs")
            }
            #expect(runs, "\(trial.point)")
            kill(node.process.processIdentifier, SIGTERM)
        }
        let hasEnded = try await node.ends(within: .seconds(90))
        let log = try node.log()
        try #require(hasEnded, "\(name) does not get to \(trial.point): \(log.suffix(1_000))")
        #expect(node.process.terminationReason == .uncaughtSignal, "\(trial.point)")
        #expect(log.hasSuffix("failpoint \(trial.point): killed\n"), "\(log.suffix(500))")
        // The one that no lane lets die.
        try await testnet.restart(name, with: "exchange")
        // Two that have forgotten what they said are more than four validators can spare.
        if case .startEmpty = trial.path, name.hasPrefix("v") {
            #expect(try await testnet.participates(name), "\(trial.point)")
        }
    }

    private func forget(_ name: String) async throws {
        let aside = try await RunningTestnet.busbar(
            ["chain", "repair", "--data", testnet.node(name).data])
        #expect(aside.exitCode == 0, "\(aside.text)")
    }
}
