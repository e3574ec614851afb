import ArgumentParser

@main
struct Busbar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "busbar",
        abstract: "A peer-to-peer energy market that neighbours run themselves.")
}
