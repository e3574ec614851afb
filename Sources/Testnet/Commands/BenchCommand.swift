import ArgumentParser

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Measure trades, nodes, the ledger, the market and the simulation on this machine.",
        discussion: "Tables are in Markdown. scripts/bench measures everything.",
        subcommands: [
            Trades.self, Nodes.self, Ledger.self, Simulation.self, Matching.self, Growth.self,
        ])
}
