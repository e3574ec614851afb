import ArgumentParser

extension NetworkCommand {
    struct Proxy: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the proxies between a testnet's nodes; up starts this itself.",
            shouldDisplay: false)

        @OptionGroup var place: DirectoryOptions

        func run() throws {
            let directory = try place.directory()
            try FaultProxy.run(
                ProxyTable(file: directory.proxies), linkFile: directory.links)
        }
    }
}
