/// What is wrong with a configuration: one line that names where it was said, the key and what to
/// do about it.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, the environment variable or the flag.
    package let source: String
    /// The key, as `p2p.listen`; nil where the whole is meant.
    package let key: String?
    /// What is wrong.
    package let problem: String

    /// Says that `key` in `source` has `problem`.
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
