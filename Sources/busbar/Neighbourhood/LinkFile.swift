import FoundationEssentials
import Node
import Protocol
import Wallet

/// `links.json`: the links that are worse than the machine's own, as they are now. `chaos` writes
/// it, the relays read it again whenever it changes.
enum LinkFile {
    static func read(_ path: String) throws -> [LinkFault] {
        do {
            let bytes = try DurableFile.read(at: path)
            return try JSONDecoder().decode([LinkFault].self, from: Data(bytes))
        } catch {
            throw CommandFailure(.failed, "\(path): \(error)")
        }
    }

    static func write(_ links: [LinkFault], to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try DurableFile.write(Array(try encoder.encode(links)) + [10], to: path)
    }
}

/// `relays.json`: where the relay between each two nodes listens.
struct RelayTable: Codable {
    /// The relay that `from` dials instead of `to`.
    struct Relay: Codable {
        var from: String
        var to: String
        var port: UInt16
        /// Where `to` itself listens.
        var target: UInt16
    }

    var relays: [Relay]

    init(relays: [Relay]) {
        self.relays = relays
    }

    init(file path: String) throws {
        do {
            let bytes = try DurableFile.read(at: path)
            self = try JSONDecoder().decode(RelayTable.self, from: Data(bytes))
        } catch {
            throw CommandFailure(.failed, "\(path): \(error)")
        }
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try DurableFile.write(Array(try encoder.encode(self)) + [10], to: path)
    }
}
