import Protocol

/// What is wrong with a node on purpose; only debug builds take any of it.
package struct InjectedFaults: Hashable, Sendable {
    /// By how many seconds its clock is ahead of the machine's; negative for behind.
    package var clockOffsetSeconds: Int64 = 0
    /// The misbehaviours that a faulty validator plays, by their names; none for an honest node.
    package var byzantine: [String] = []

    /// Nothing wrong.
    package init() {}

    /// Reads the keys; a release build refuses them.
    init(_ settings: SettingsTable) throws(ConfigurationError) {
        clockOffsetSeconds = try settings.number(
            "clock_offset_seconds", in: -604_800...604_800, default: 0)
        byzantine = try settings.texts("byzantine")
        #if !DEBUG
            if clockOffsetSeconds != 0 { throw Self.refusal(of: "clock_offset_seconds", settings) }
            if !byzantine.isEmpty { throw Self.refusal(of: "byzantine", settings) }
        #endif
    }

    #if !DEBUG
        private static func refusal(
            of key: String, _ settings: SettingsTable
        ) -> ConfigurationError {
            settings.error(key, "faults can be injected into debug builds only")
        }
    #endif
}
