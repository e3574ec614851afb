internal import Synchronization

/// The node's figures, as Prometheus reads them (text format 0.0.4).
///
/// Describe each figure once, then set or count it from anywhere; figures that were not described
/// are left out.
package final class MetricsRegistry: Sendable {
    /// What a figure does.
    package enum Kind: String, Sendable {
        /// Goes up and down.
        case gauge
        /// Only goes up.
        case counter
    }

    /// The name of the figure that counts JSON-RPC calls answered with an error, by its code.
    package static let callErrors = "busbar_rpc_errors_total"

    private struct Figure {
        let kind: Kind
        let help: String
        var values: [String: Double] = [:]
    }

    private let figures = Mutex<[String: Figure]>([:])

    /// A registry without figures.
    package init() {}

    /// Announces the figure `name`.
    package func describe(_ name: String, _ kind: Kind, _ help: String) {
        figures.withLock { figures in
            guard figures[name] == nil else { return }
            figures[name] = Figure(kind: kind, help: help)
        }
    }

    /// Sets the figure `name` with `labels` to `value`.
    package func set(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], to value: Double
    ) {
        let key = Self.text(of: labels)
        figures.withLock { $0[name]?.values[key] = value }
    }

    /// Adds `amount` to the figure `name` with `labels`.
    package func add(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], _ amount: Double = 1
    ) {
        let key = Self.text(of: labels)
        figures.withLock { $0[name]?.values[key, default: 0] += amount }
    }

    /// Forgets the figure `name` with `labels`, for what is no longer there.
    package func remove(_ name: String, _ labels: KeyValuePairs<String, String> = [:]) {
        let key = Self.text(of: labels)
        figures.withLock { $0[name]?.values[key] = nil }
    }

    /// All figures, sorted by name.
    package var text: String {
        let figures = figures.withLock { $0 }
        return figures.sorted { $0.key < $1.key }.map { name, figure in
            let lines = figure.values.sorted { $0.key < $1.key }.map { labels, value in
                "\(name)\(labels) \(Self.text(of: value))\n"
            }
            return "# HELP \(name) \(figure.help)\n# TYPE \(name) \(figure.kind.rawValue)\n"
                + lines.joined()
        }.joined()
    }

    private static func text(of labels: KeyValuePairs<String, String>) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { name, value in
            let escaped = value.map { character -> String in
                switch character {
                case "\\": "\\\\"
                case "\"": "\\\""
                case "\n": "\\n"
                default: String(character)
                }
            }
            return "\(name)=\"\(escaped.joined())\""
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func text(of value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)"
    }
}
