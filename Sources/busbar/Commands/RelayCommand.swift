import ArgumentParser
import Node

extension NetworkCommand {
    struct Relay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the relays between a neighbourhood's nodes; up starts this itself.",
            shouldDisplay: false)

        @OptionGroup var place: DirectoryOptions

        func run() throws {
            try reporting {
                let directory = try place.directory()
                var relays = try LinkRelays(
                    table: RelayTable(file: directory.relays), linkFile: directory.links)
                try relays.run()
            }
        }
    }
}
