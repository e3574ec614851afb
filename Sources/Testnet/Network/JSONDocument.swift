import Console
import FoundationEssentials
import Keys

/// What is kept in a file of its own as JSON, for the testnet's own programs.
protocol JSONDocument: Codable {}

extension JSONDocument {
    /// Reads the file at `path`; a failure names it and what is wrong with it.
    init(file path: String) throws {
        do {
            let bytes = try DurableFile.read(at: path, limit: 16 << 20)
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw CommandFailure(.failed, "\(path): \(error)")
        }
    }

    /// Writes the file; who reads it meanwhile sees the old one or the new one.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try DurableFile.write(Array(try encoder.encode(self)) + [10], to: path)
    }
}
