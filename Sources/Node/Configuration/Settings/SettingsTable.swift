import Protocol

/// One table of a settings file while it is read: it knows which of its keys were asked for, so
/// that the others can be refused.
package final class SettingsTable {
    package let file: String
    let path: String
    /// Whether the file has the table, or an override speaks of a key in it.
    package let isPresent: Bool
    private let values: [String: SettingsValue]
    private let overrides: SettingsOverrides
    private let record: Record

    /// What was asked for, shared by a file's tables.
    private final class Record {
        var known: Set<String> = []
    }

    /// Reads a whole file's text.
    package convenience init(
        toml text: String, file: String, overrides: SettingsOverrides
    ) throws(ConfigurationError) {
        guard case .table(let values) = try SettingsValue.table(toml: text, file: file) else {
            throw ConfigurationError(source: file, problem: "is not a TOML table")
        }
        self.init(
            file: file, path: "", isPresent: true, values: values, overrides: overrides,
            record: Record())
    }

    private init(
        file: String, path: String, isPresent: Bool, values: [String: SettingsValue],
        overrides: SettingsOverrides, record: Record
    ) {
        self.file = file
        self.path = path
        self.isPresent = isPresent
        self.values = values
        self.overrides = overrides
        self.record = record
    }

    /// The table under `key`; an empty one where there is none.
    package func table(_ key: String) throws(ConfigurationError) -> SettingsTable {
        let name = fullName(key)
        record.known.insert(name)
        let isMentioned = overrides.mentions(name)
        guard let value = values[key] else { return inner(name, [:], isPresent: isMentioned) }
        guard case .table(let values) = value else { throw wrongKind(key, value, "a table") }
        return inner(name, values, isPresent: true)
    }

    /// The tables in the list under `key` (`[[key]]`).
    package func tables(_ key: String) throws(ConfigurationError) -> [SettingsTable] {
        let name = fullName(key)
        record.known.insert(name)
        guard let value = values[key] else { return [] }
        guard case .list(let elements) = value else { throw wrongKind(key, value, "[[\(name)]]") }
        var tables: [SettingsTable] = []
        for (index, element) in elements.enumerated() {
            guard case .table(let values) = element else {
                throw wrongKind(key, element, "[[\(name)]]")
            }
            tables.append(inner("\(name)[\(index + 1)]", values, isPresent: true))
        }
        return tables
    }

    private func inner(
        _ name: String, _ values: [String: SettingsValue], isPresent: Bool
    ) -> SettingsTable {
        SettingsTable(
            file: file, path: name, isPresent: isPresent, values: values, overrides: overrides,
            record: record)
    }

    /// The value for `key`, whichever of flag, variable and file says it first; nil where nothing
    /// does.
    package func value<Value>(
        _ key: String, _ kind: SettingKind<Value>
    ) throws(ConfigurationError) -> Value? {
        let name = fullName(key)
        record.known.insert(name)
        var (value, source) = (values[key], file)
        if let (text, place) = overrides.text(for: name) {
            (value, source) = (kind.parse(text), place)
            guard value != nil else {
                throw error(key, "\"\(text)\" cannot be read", source: source)
            }
        }
        guard let value else { return nil }
        do throws(SettingProblem) {
            return try kind.read(value, self)
        } catch {
            throw self.error(key, error.text, source: source)
        }
    }

    /// The value for `key`, which must be there.
    package func required<Value>(
        _ key: String, _ kind: SettingKind<Value>
    ) throws(ConfigurationError) -> Value {
        guard let value = try value(key, kind) else { throw error(key, "is missing") }
        return value
    }

    /// The path as the process finds it: in the file it is meant from the file's own directory.
    func resolve(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return file.lastIndex(of: "/").map { file[...$0] + path } ?? path
    }

    /// Refuses every key that was not asked for. The outermost table, asked last, refuses the
    /// flags for keys that do not exist too.
    package func end() throws(ConfigurationError) {
        for key in values.keys.sorted() where !record.known.contains(fullName(key)) {
            throw ConfigurationError(source: file, key: fullName(key), problem: "unknown key")
        }
        guard path.isEmpty, let flag = overrides.unknownFlags(known: record.known).first else {
            return
        }
        throw ConfigurationError(source: "--set", key: flag, problem: "unknown key")
    }

    /// The key's name from the outermost table on.
    func fullName(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The error that `key` has `problem`.
    package func error(_ key: String, _ problem: String, source: String? = nil)
        -> ConfigurationError
    {
        ConfigurationError(source: source ?? file, key: fullName(key), problem: problem)
    }

    private func wrongKind(
        _ key: String, _ value: SettingsValue, _ wanted: String
    ) -> ConfigurationError {
        error(key, "expected \(wanted), found \(value.kind)")
    }
}
