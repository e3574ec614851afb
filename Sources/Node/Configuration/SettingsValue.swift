import TOMLKit

/// A value as a TOML file has it, apart from the library that read it.
enum SettingsValue: Sendable {
    case text(String)
    case number(Int64)
    case decimal(Double)
    case flag(Bool)
    case list([SettingsValue])
    case table([String: SettingsValue])

    /// Reads a whole TOML text.
    static func table(toml text: String, file: String) throws(ConfigurationError) -> SettingsValue {
        do {
            return value(of: try TOMLTable(string: text))
        } catch let error as TOMLParseError {
            let place = error.source.begin
            throw ConfigurationError(
                source: "\(file):\(place.line):\(place.column)", problem: error.description)
        } catch {
            throw ConfigurationError(source: file, problem: "is not TOML: \(error)")
        }
    }

    private static func value(of value: any TOMLValueConvertible) -> SettingsValue {
        if let table = value.table { return self.value(of: table) }
        if let array = value.array { return .list(array.map(Self.value)) }
        if let text = value.string { return .text(text) }
        if let flag = value.bool { return .flag(flag) }
        if let number = value.int { return .number(Int64(number)) }
        if let decimal = value.double { return .decimal(decimal) }
        // Dates and times stay the text that they were.
        return .text(value.debugDescription)
    }

    private static func value(of table: TOMLTable) -> SettingsValue {
        var values: [String: SettingsValue] = [:]
        for key in table.keys {
            if let element = table[key] { values[key] = value(of: element) }
        }
        return .table(values)
    }

    /// What kind of value it is, for messages.
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
