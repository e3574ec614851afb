/// What is wrong with a configuration: one line that names where it was said, the key and what to
/// do about it.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, the environment variable or the flag.
    public let source: String
    /// The key, as `p2p.listen`; nil where the whole is meant.
    public let key: String?
    /// What is wrong.
    public let problem: String

    /// Says that `key` in `source` has `problem`.
    public init(source: String, key: String? = nil, problem: String) {
        self.source = source
        self.key = key
        self.problem = problem
    }

    public var description: String {
        guard let key else { return "\(source): \(problem)" }
        return "\(source): \(key): \(problem)"
    }
}
