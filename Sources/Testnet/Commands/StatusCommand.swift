import Console
import API
import ArgumentParser

extension NetworkCommand {
    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print how the nodes are, whether they agree, and the market's figures.")

        @OptionGroup var place: DirectoryOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let status = try TestnetStatus(Testnet(place.directory()))
            Terminal.say(json ? status.json.pretty : status.text)
        }
    }
}
