import Keys
package import Protocol

/// What is wrong with a configuration: one line that names where it was said, the key and what to
/// do about it.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, the environment variable or the flag.
    package let source: String
    /// The key, as `p2p.listen`; nil where the whole is meant.
    package let key: String?
    /// What is wrong.
    package let problem: String

    package init(source: String, key: String? = nil, problem: String) {
        self.source = source
        self.key = key
        self.problem = problem
    }

    package var description: String {
        guard let key else { return "\(source): \(problem)" }
        return "\(source): \(key): \(problem)"
    }
}

extension ConfigurationError {
    /// The bytes of the file at `path`, at most `limit`; throws if it cannot be read.
    package static func read(
        _ path: String, limit: Int = 1 << 20
    ) throws(ConfigurationError) -> Bytes {
        do throws(FileError) {
            return try DurableFile.read(at: path, limit: limit)
        } catch {
            // The description begins with the path.
            let text = "\(error)"
            let problem = text.firstRange(of: ": ").map { String(text[$0.upperBound...]) } ?? text
            throw ConfigurationError(source: path, problem: problem)
        }
    }
}
