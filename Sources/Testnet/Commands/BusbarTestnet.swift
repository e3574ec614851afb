package import ArgumentParser
import Node
import Sweep

/// `busbar-testnet`
package struct BusbarTestnet: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "busbar-testnet",
        abstract: "Makes testnets of Busbar's nodes on one machine, breaks them and measures them.",
        discussion: """
            Exit codes: 0 done; 1 something did not work; 2 the ledger or the node refused; \
            3 the node or the testnet cannot be reached; 4 not in time; 5 a check found \
            something unsound; 64 the command line is wrong.
            """,
        version: BusbarVersion.text, subcommands: subcommands)

    private static var subcommands: [any ParsableCommand.Type] {
        let all: [any ParsableCommand.Type] = [
            NetworkCommand.self, SoakCommand.self, AttackCommand.self, BenchCommand.self,
            SimulateCommand.self,
        ]
        #if DEBUG
            return all + [FaultyNodeCommand.self]
        #else
            return all
        #endif
    }

    package init() {}
}
