/// What stands above a file's settings: flags first, then environment variables.
package struct SettingsOverrides: Sendable {
    /// The prefix of every environment variable that is looked at.
    package static let prefix = "BUSBAR_"

    private let flags: [String: String]
    private let environment: [String: String]

    /// Takes flags by key (`p2p.listen`) and the process's environment variables, of which
    /// `BUSBAR_P2P_LISTEN` stands for that same key.
    package init(flags: [String: String] = [:], environment: [String: String] = [:]) {
        self.flags = flags
        self.environment = environment
    }

    /// Takes flags as `KEY=VALUE`, and the process's environment variables.
    package init(
        flags texts: [String], environment: [String: String]
    ) throws(ConfigurationError) {
        var flags: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw ConfigurationError(source: "--set \(text)", problem: "is not KEY=VALUE")
            }
            flags[String(parts[0])] = String(parts[1])
        }
        self.init(flags: flags, environment: environment)
    }

    /// The text for `key`, with where it was said; nil if nowhere.
    func text(for key: String) -> (text: String, source: String)? {
        if let text = flags[key] { return (text, "--set") }
        let name = Self.variable(for: key)
        return environment[name].map { ($0, name) }
    }

    /// Whether anything is said about `key` or a key below it.
    func mentions(_ key: String) -> Bool {
        let variable = Self.variable(for: key)
        return flags.keys.contains { $0 == key || $0.hasPrefix(key + ".") }
            || environment.keys.contains { $0 == variable || $0.hasPrefix(variable + "_") }
    }

    /// The flags for keys that do not exist.
    func unknownFlags(known: Set<String>) -> [String] {
        flags.keys.filter { !known.contains($0) }.sorted()
    }

    private static func variable(for key: String) -> String {
        prefix + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }
}
