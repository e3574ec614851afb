import Console
import ArgumentParser
import Storage

extension ChainCommand {
    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a damaged ledger aside, so that its node fetches it again.",
            discussion: """
                The files of the ledger are moved into a directory of their own beside it; keys, \
                the meter's registers and the aggregator's books stay where they are. A validator \
                that starts so votes only once the chain is two blocks above what it finds, since \
                it does not know what it has said.
                """)

        @Option(help: "The node's data directory.")
        var data: String

        func run() throws {
            let aside = try ChainStore.putAside(directory: data)
            Terminal.say("moved the ledger to \(aside); start the node to fetch it again")
        }
    }
}
