import ArgumentParser
import Console
import Node

@main
struct Busbar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "busbar",
        abstract: "A peer-to-peer energy market that neighbours run themselves.",
        discussion: """
            Exit codes: 0 done; 1 something did not work; 2 the ledger or the node refused; \
            3 the node or the testnet cannot be reached; 4 not in time; 5 a check found \
            something unsound, or a ledger on disk is damaged; 6 a disk is full; 7 the node's \
            file, its keys or its certificates are wrong; 64 the command line is wrong.
            """,
        version: BusbarVersion.text,
        subcommands: [
            NodeCommand.self, KeyCommand.self, TradeCommand.self, TokenCommand.self,
            MemberCommand.self, AppCommand.self, StatementCommand.self,
            CertificateCommand.self, ChainCommand.self, ValidatorCommand.self,
            ABICommand.self,
        ])

    static func main() async { await perform() }
}
