import API
import Foundation
import Protocol
import Replica
import Testing

@testable import Node

/// The dashboard, the alerts and the manual speak of figures that a node has.
@Suite struct MonitoringTests {
    private static let docs = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs")

    private static let names = Set(Metric.allCases.map(\.rawValue))

    /// The names of series: a histogram has three.
    private static let series = Set(
        Metric.allCases.flatMap { figure in
            figure.kind == .histogram
                ? ["_bucket", "_sum", "_count"].map { figure.rawValue + $0 } : [figure.rawValue]
        })

    private func mentioned(in file: String) throws -> Set<String> {
        let text = try String(contentsOf: Self.docs.appendingPathComponent(file), encoding: .utf8)
        let figure = try Regex("(busbar|process)_[a-z0-9]+_[a-z0-9_]+")
        return Set(text.matches(of: figure).map { String(text[$0.range]) })
    }

    @Test(arguments: ["monitoring/grafana-dashboard.json", "monitoring/alerts.yml"])
    func `what is asked for is emitted`(file: String) throws {
        let mentioned = try mentioned(in: file)
        #expect(!mentioned.isEmpty)
        #expect(mentioned.subtracting(Self.series).sorted() == [])
    }

    @Test func `what the manual names is emitted`() throws {
        let mentioned = try mentioned(in: "running-a-node.md")
        #expect(mentioned.subtracting(Self.names).sorted() == [])
    }

    @Test func `what is emitted is explained, and described once`() throws {
        #expect(Self.names.subtracting(try mentioned(in: "running-a-node.md")).sorted() == [])
        #expect(Self.names.count == Metric.allCases.count)
    }

    @Test func `counters are called totals, and nothing else is`() {
        for figure in Metric.allCases {
            #expect(
                figure.rawValue.hasSuffix("_total") == (figure.kind == .counter),
                "\(figure.rawValue)")
        }
    }

    @Test func `the dashboard is JSON with an expression in each panel`() throws {
        let file = Self.docs.appendingPathComponent("monitoring/grafana-dashboard.json")
        let content = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        let panels = try #require((content as? [String: Any])?["panels"] as? [[String: Any]])
        #expect(panels.count >= 15)
        for panel in panels {
            let targets = try #require(panel["targets"] as? [[String: Any]])
            #expect(!targets.isEmpty && targets.allSatisfy { $0["expr"] is String })
        }
    }

    @Test func `every reason of a refused submission has a label`() {
        let submissions = PendingSubmissions(queue: EventQueue())
        submissions.countRefusal(.busy)
        submissions.countRefusal(.malformed)
        let rejections: [PoolRejection] = [
            .known, .inadmissible(.nonceTooLow(stated: 0, next: 1)), .nonceTaken,
            .nonceTooHigh(stated: 9, next: 1), .senderLimit, .rateLimited, .poolFull,
        ]
        for rejection in rejections { submissions.answer(RequestID(0), .failure(rejection)) }
        let labels = PendingSubmissions.refusalReasons
        #expect(submissions.refused == Dictionary(uniqueKeysWithValues: labels.map { ($0, 1) }))
    }
}
