package import CoreMetrics

/// A figure's value as a scrape finds it.
package struct Sample: Sendable {
    let metric: Metric
    private let labels: String
    private let value: Double

    package init(
        _ metric: Metric, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]
    ) {
        self.metric = metric
        self.labels = Self.text(of: labels.map { ($0.key, $0.value) })
        self.value = value
    }

    package init(
        _ metric: Metric, _ value: some BinaryInteger, _ labels: KeyValuePairs<String, String> = [:]
    ) {
        self.init(metric, Double(value), labels)
    }

    var line: String {
        "\(metric.rawValue)\(labels) \(Self.text(of: value))"
    }

    static func text(of labels: [(String, String)]) -> String {
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

    static func text(of value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)"
    }
}

extension Timer {
    /// Times what `metric` says, in the figures of `factory`.
    package convenience init(
        _ metric: Metric, _ labels: [(String, String)] = [], in factory: PrometheusFactory
    ) {
        self.init(label: metric.rawValue, dimensions: labels, factory: factory)
    }

    /// Counts a duration in.
    package func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
