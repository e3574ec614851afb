/// One setting of a configuration: where it stands in a file and in the configuration, of what kind
/// it is, and what a person should know of it. From a list of these, files are read, checked,
/// written and explained.
///
/// ```swift
/// struct Lamp {
///     var watts = 40
///     static var settings: [Setting<Lamp>] {
///         [.value("watts", \.watts, .number(in: 1...100), "How bright it is.")]
///     }
/// }
/// ```
package struct Setting<Root> {
    /// Reads it out of the table that it stands in; what nothing says stays as it is.
    let read: (SettingsTable, inout Root) throws(ConfigurationError) -> Void
    let write: (Root, inout SettingsText) -> Void

    /// A setting that must be said if `isRequired`.
    package static func value<Value>(
        _ key: String, _ path: WritableKeyPath<Root, Value>, _ kind: SettingKind<Value>,
        _ comment: String = "", isRequired: Bool = false
    ) -> Setting {
        Setting(
            read: { table, root throws(ConfigurationError) in
                if let value = try table.value(key, kind) {
                    root[keyPath: path] = value
                } else if isRequired {
                    throw table.error(key, "is missing")
                }
            },
            write: { root, text in
                if let value = kind.write(root[keyPath: path]) { text.set(key, value, comment) }
            })
    }

    /// The path of a file, which must be said.
    package static func file(
        _ key: String, _ path: WritableKeyPath<Root, String>, _ comment: String = ""
    ) -> Setting {
        .value(key, path, .file, comment, isRequired: true)
    }

    /// A table of settings.
    package static func table<Inner>(
        _ key: String, _ path: WritableKeyPath<Root, Inner>, _ comment: String,
        _ settings: [Setting<Inner>]
    ) -> Setting {
        Setting(
            read: { table, root throws(ConfigurationError) in
                root[keyPath: path] = try table.table(key).reading(
                    settings, over: root[keyPath: path])
            },
            write: { $1.table(key, comment, settings, of: $0[keyPath: path]) })
    }

    /// A table of settings that may be absent; if it is there, it begins as `blank`. Whether it may
    /// be there, or must, `problem` tells.
    package static func table<Inner>(
        _ key: String, _ path: WritableKeyPath<Root, Inner?>, _ comment: String,
        blank: Inner, _ settings: [Setting<Inner>],
        problem: @escaping (Root, _ isPresent: Bool) -> String? = { _, _ in nil }
    ) -> Setting {
        Setting(
            read: { table, root throws(ConfigurationError) in
                let inner = try table.table(key)
                if let problem = problem(root, inner.isPresent) { throw table.error(key, problem) }
                guard inner.isPresent else { return }
                root[keyPath: path] = try inner.reading(settings, over: blank)
            },
            write: { root, text in
                if let value = root[keyPath: path] { text.table(key, comment, settings, of: value) }
            })
    }

    /// What must hold of the settings before it; `problem` says of `key` what does not.
    package static func check(
        _ key: String, _ problem: @escaping (Root) -> String?
    ) -> Setting {
        Setting(
            read: { table, root throws(ConfigurationError) in
                if let problem = problem(root) { throw table.error(key, problem) }
            },
            write: { _, _ in })
    }
}

extension SettingsTable {
    /// `root` with what the table says in place of its own; refuses what `settings` do not know.
    package func reading<Root>(
        _ settings: [Setting<Root>], over root: Root
    ) throws(ConfigurationError) -> Root {
        var result = root
        for setting in settings { try setting.read(self, &result) }
        try end()
        return result
    }
}
