import CoreMetrics
import Testing

@testable import API

struct MetricsTests {
    @Test func `a duration falls into its bucket and all above`() {
        let factory = PrometheusFactory()
        let timer = Timer(.storeCommit, in: factory)
        for duration in [Duration.microseconds(50), .milliseconds(10), .seconds(2), .seconds(90)] {
            timer.record(duration)
        }
        let lines = factory.text(with: []).split(separator: "\n").map(String.init)
        #expect(lines[1] == "# TYPE busbar_store_commit_seconds histogram")
        let expected = [
            ("0.0001", 1), ("0.005", 1), ("0.01", 2), ("1", 2), ("2.5", 3), ("60", 3), ("+Inf", 4),
        ]
        for (end, count) in expected {
            #expect(lines.contains("busbar_store_commit_seconds_bucket{le=\"\(end)\"} \(count)"))
        }
        #expect(lines.count == 2 + Series.bounds.count + 1 + 2)
        #expect(lines.last == "busbar_store_commit_seconds_count 4")
        #expect(lines.dropLast().last?.hasPrefix("busbar_store_commit_seconds_sum 92.0100") == true)
    }

    @Test func `many durations of one length are counted at once, the shortest apart`() {
        let factory = PrometheusFactory()
        let histogram = factory.histogram(.transactionStage, [("stage", "final")])
        histogram.count(nanoseconds: 20_000, times: 40)
        histogram.count(nanoseconds: 3_000_000)
        let lines = factory.text(with: []).split(separator: "\n").map(String.init)
        func bucket(_ end: String, _ count: Int) -> String {
            "busbar_transaction_stage_seconds_bucket{stage=\"final\",le=\"\(end)\"} \(count)"
        }
        let ends = [("1e-05", 0), ("2.5e-05", 40), ("0.0025", 40), ("0.005", 41), ("+Inf", 41)]
        for (end, count) in ends { #expect(lines.contains(bucket(end, count)), "\(end)") }
        #expect(lines.count == 2 + Series.fineBounds.count + 1 + 2)
        #expect(lines.last == "busbar_transaction_stage_seconds_count{stage=\"final\"} 41")
        #expect(Series.fineBounds == Series.fineBounds.sorted())
    }

    @Test func `labels come before a bucket's end`() {
        let factory = PrometheusFactory()
        Timer(.agreementStep, [("step", "agree")], in: factory).record(.seconds(100))
        let line = "busbar_consensus_step_duration_seconds_bucket{step=\"agree\",le=\"60\"} 0\n"
        #expect(factory.text(with: []).contains(line))
    }

    @Test func `two handles of one figure count together`() {
        let factory = PrometheusFactory()
        for _ in 0..<2 {
            Counter(
                label: "busbar_rpc_errors_total", dimensions: [("code", "1")], factory: factory
            ).increment(by: 2)
        }
        #expect(factory.text(with: []).hasSuffix("busbar_rpc_errors_total{code=\"1\"} 4\n"))
    }

    @Test func `no client makes more series than the limit`() {
        let factory = PrometheusFactory()
        for code in 0..<1_000 {
            let labels = [("code", String(code))]
            Counter(label: "busbar_rpc_errors_total", dimensions: labels, factory: factory)
                .increment()
        }
        let lines = factory.text(with: []).split(separator: "\n")
        #expect(lines.count == PrometheusFactory.seriesLimit + 2)
    }

    @Test func `a figure of another kind than described is left out`() {
        let factory = PrometheusFactory()
        Counter(label: "busbar_p2p_peers", factory: factory).increment()
        Gauge(label: "busbar_rpc_errors_total", factory: factory).record(1)
        #expect(factory.text(with: []).isEmpty)
    }
}
