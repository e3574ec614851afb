/// A value as a TOML file has it.
enum SettingsValue: Sendable {
    case text(String)
    case number(Int64)
    case decimal(Double)
    case flag(Bool)
    case list([SettingsValue])
    case table([String: SettingsValue])

    /// Reads a whole TOML text.
    static func table(toml text: String, file: String) throws(ConfigurationError) -> SettingsValue {
        do throws(MalformedTOML) {
            return .table(try TOMLReader.read(text))
        } catch {
            throw ConfigurationError(
                source: "\(file):\(error.line):\(error.column)", problem: error.reason)
        }
    }

    var kind: String {
        switch self {
        case .text: "a text"
        case .number: "a whole number"
        case .decimal: "a number with a fraction"
        case .flag: "true or false"
        case .list: "a list"
        case .table: "a table"
        }
    }
}
