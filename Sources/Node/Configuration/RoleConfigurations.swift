package import Market

/// A household's smart meter: its key, and where its readings come from.
package struct MeterConfiguration: Hashable, Sendable {
    /// The meter's own key, which signs receipts.
    package var keys: KeyFiles
    /// Where its readings come from.
    package var source: Source

    /// Where a meter's readings come from.
    package enum Source: Hashable, Sendable {
        /// A file of whole watt-hours in slots of 15 minutes (CSV), and whose columns in it:
        /// `h01` for `h01_consumed_wh` and `h01_generated_wh`.
        case profile(file: String, household: String)
        /// Set by hand through the household's API, in watts.
        case manual
    }

    package init(keys: KeyFiles, source: Source) {
        self.keys = keys
        self.source = source
    }
}

/// How an aggregator works, and where it keeps its books.
package struct AggregatorConfiguration: Hashable, Sendable {
    /// Its own database of users, meters and readings (SQLite).
    package var database: String
    /// How it works.
    package var settings = AggregatorSettings()

    package init(database: String) {
        self.database = database
    }
}
