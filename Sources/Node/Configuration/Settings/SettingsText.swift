/// A TOML text while it is written, with each setting's comment above it or without.
struct SettingsText {
    private(set) var content = ""
    private let isCommented: Bool
    private var path: [String] = []

    init(isCommented: Bool) {
        self.isCommented = isCommented
    }

    /// Writes the table `key` with the `settings` of `root`.
    mutating func table<Root>(
        _ key: String, _ comment: String, _ settings: [Setting<Root>], of root: Root
    ) {
        path.append(key)
        content += "\n"
        write(comment)
        content += "[\(path.joined(separator: "."))]\n"
        for setting in settings { setting.write(root, &self) }
        path.removeLast()
    }

    /// Writes a key with its value, which is TOML.
    mutating func set(_ key: String, _ value: String, _ comment: String) {
        write(comment)
        content += "\(key) = \(value)\n"
    }

    private mutating func write(_ comment: String) {
        guard isCommented else { return }
        for line in comment.split(separator: "\n") { content += "# \(line)\n" }
    }

    /// A basic string of TOML: control characters, quotes and backslashes are escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
