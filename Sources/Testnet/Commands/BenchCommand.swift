import ArgumentParser

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Measure loads, trades, nodes, the ledger, the market and the simulation on this machine.",
        discussion: "Tables are in Markdown. scripts/bench measures everything.",
        subcommands: [
            Load.self, CatchUp.self, Trades.self, Nodes.self, Idle.self, Parts.self, Ledger.self,
            Simulation.self, Matching.self, Growth.self,
        ])
}
