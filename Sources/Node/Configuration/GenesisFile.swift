import FoundationEssentials
package import Protocol
package import Keys

/// The file that a chain's parameters and first members stand in, as JSON.
package enum GenesisFile {
    /// Reads the file; what is missing or wrong in it is named.
    package static func read(_ path: String) throws(ConfigurationError) -> Genesis {
        let bytes = try ConfigurationError.read(path, limit: 64 << 20)
        do {
            return try JSONDecoder().decode(Genesis.self, from: Data(bytes))
        } catch let error as Swift.DecodingError {
            throw ConfigurationError(source: path, problem: "is no genesis: \(error.place)")
        } catch {
            throw ConfigurationError(source: path, problem: "is no genesis: \(error)")
        }
    }

    /// Writes the file, for everyone to read.
    package static func write(_ genesis: Genesis, to path: String) throws(FileError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(genesis)
        } catch {
            fatalError("a genesis is always encodable: \(error)")
        }
        try DurableFile.write(Array(data) + [10], to: path, readableBy: .everyone)
    }
}

extension Swift.DecodingError {
    /// What was missing or wrong, and where.
    fileprivate var place: String {
        func path(_ context: Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return path.isEmpty ? "the file" : path.joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "\(path(context)) lacks \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            return "\(path(context)): \(context.debugDescription)"
        @unknown default:
            return "it cannot be read"
        }
    }
}
