package import CoreMetrics
internal import Synchronization

/// Keeps what is counted and timed through swift-metrics, and writes it with the figures that a
/// scrape reads elsewhere, as Prometheus wants it (text format 0.0.4).
///
/// Only the figures of ``Metric`` are kept, each with at most ``seriesLimit`` sets of labels.
package final class PrometheusFactory: MetricsFactory {
    /// How many sets of labels a figure may have; what comes with further ones is not kept.
    static let seriesLimit = 200

    private let all = Mutex<[Metric: [String: Series]]>([:])

    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions, aggregate ? .histogram : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram)
    }

    private func series(
        _ label: String, _ dimensions: [(String, String)], _ kind: Metric.Kind
    ) -> Series {
        guard let metric = Metric(rawValue: label), metric.kind == kind else {
            return Series(isHistogram: kind == .histogram)
        }
        return series(metric, dimensions)
    }

    /// The durations of what `metric` says, with these labels.
    package func histogram(_ metric: Metric, _ labels: [(String, String)]) -> Histogram {
        Histogram(series(metric, labels))
    }

    private func series(_ metric: Metric, _ dimensions: [(String, String)]) -> Series {
        let key = Sample.text(of: dimensions)
        return all.withLock { all in
            if let known = all[metric]?[key] { return known }
            let series = Series(isHistogram: metric.kind == .histogram, bounds: metric.bounds)
            if all[metric, default: [:]].count < Self.seriesLimit {
                all[metric, default: [:]][key] = series
            }
            return series
        }
    }

    /// All figures, sorted by name, with `samples` that are read now.
    package func text(with samples: [Sample]) -> String {
        var lines: [Metric: [String]] = [:]
        for (metric, series) in all.withLock({ $0 }) {
            lines[metric] = series.sorted { $0.key < $1.key }.flatMap { labels, series in
                series.lines(metric.rawValue, labels)
            }
        }
        for (metric, samples) in Dictionary(grouping: samples, by: \.metric) {
            lines[metric, default: []] += samples.map(\.line).sorted()
        }
        return lines.sorted { $0.key.rawValue < $1.key.rawValue }.map { metric, lines in
            """
            # HELP \(metric.rawValue) \(metric.help)
            # TYPE \(metric.rawValue) \(metric.kind.rawValue)
            \(lines.joined(separator: "\n"))

            """
        }.joined()
    }
}

// What was counted stays counted: a series ends with the process.
extension PrometheusFactory {
    package func destroyCounter(_: any CounterHandler) {}
    package func destroyRecorder(_: any RecorderHandler) {}
    package func destroyTimer(_: any TimerHandler) {}
}
