import API
import ArgumentParser
import Console
import Protocol
import Testing

@testable import Client
@testable import busbar

/// A node that answers every question alike, or not at all.
private struct OneAnswer: HTTPClient {
    var timeoutSeconds = 1
    let provesNode = true
    let answer: (status: Int, body: JSON)?

    func send(
        _ method: String, _ path: String, headers: [String: String], body: [UInt8]
    ) throws -> HTTPAnswer {
        guard let answer else { throw CommandFailure(.unreachable, "cannot connect") }
        return HTTPAnswer(status: answer.status, fields: [], body: answer.body.encoded)
    }
}

/// What `busbar chain trace` shows of what nodes told.
@Suite struct TraceReportTests {
    private let hash = SHA256.hash([1])

    private func told(
        source: JSON, _ stages: [(String, Int)], block: JSON = 7
    ) -> JSON {
        [
            "hash": .string(hash.description),
            "account": .string(Address(reserved: 5).description), "source": source,
            "block": block, "round": block == .null ? .null : 1,
            "stages": .array(
                stages.map { stage, microseconds in
                    let time = RFC3339.text(
                        microseconds: 1_780_000_000_000_000 + UInt64(microseconds))
                    return ["stage": .string(stage), "time": .string(time)]
                }),
        ]
    }

    private func view(
        _ node: String, source: JSON, _ stages: [(String, Int)], block: JSON = 7
    ) throws -> TransactionTraceView {
        let answer = told(source: source, stages, block: block)
        return try #require(TransactionTraceView(answer, of: hash, from: node))
    }

    /// The report of nodes that answer so.
    private func report(_ answers: [(status: Int, body: JSON)?]) throws -> TraceReport {
        try TraceReport(
            of: hash,
            asking: answers.enumerated().map { number, answer in
                NodeClient(OneAnswer(answer: answer), name: "n\(number)")
            })
    }

    private func failure(_ answers: [(status: Int, body: JSON)?]) -> CommandFailure? {
        #expect(throws: CommandFailure.self) { try report(answers) }
    }

    @Test func `needs one node that remembers, and says what the others said`() throws {
        let forgotten = (status: 404, body: ["detail": "it is forgotten"] as JSON)
        let known = (status: 200, body: told(source: "client", [("accepted", 1)]))
        let partial = try report([nil, forgotten, known, (200, ["hash": "0x"]), (500, [])])
        #expect(partial.views.map(\.node) == ["n2"])
        #expect(
            partial.silences == [
                "n0: cannot connect", "n1: it is forgotten",
                "n3: its answer tells of no transaction's way", "n4: answered HTTP 500: []",
            ])
        let unknown = failure([forgotten, forgotten])
        #expect(unknown?.status == .refused)
        #expect(unknown?.description == "n0: it is forgotten; 1 more told nothing either")
        // Whether the one that does not answer remembers it, nobody knows.
        for answers in [[nil, forgotten], [forgotten, nil]] as [[(status: Int, body: JSON)?]] {
            #expect(failure(answers)?.status == .unreachable)
        }
        #expect(failure([nil])?.description.hasSuffix("cannot connect") == true)
    }

    @Test func `is a line a stage and a column a node, from the first of all`() throws {
        let report = TraceReport(
            of: hash,
            views: [
                try view("v1", source: "peer", [("accepted", 2_040), ("final", 15_000)]),
                try view("h01", source: "client", [("accepted", 1_000), ("stored", 1_019_007)]),
                try view("h02", source: nil, [("final", 17_000)]),
            ], silences: ["v2: does not remember it"])
        #expect(
            report.text == """
                transaction \(hash): block 7, round 1
                milliseconds after 2026-05-28T20:26:40.001000Z
                STAGE         v1       h01     h02
                from        peer    client   block
                accepted   1.040     0.000
                final     14.000            16.000
                stored            1018.007
                v2: does not remember it
                """)
        let json = report.json
        #expect(json["transaction"] == .string(hash.description))
        #expect(json["nodes"]?[1]?["node"] == "h01")
        #expect(json["nodes"]?[1]?["source"] == "client")
        #expect(json["nodes"]?[1]?["block"] == 7)
        #expect(
            json["nodes"]?[1]?["stages"]?[1] == [
                "stage": "stored", "time": "2026-05-28T20:26:41.019007Z",
            ])
        #expect(json["silent"]?[0] == "v2: does not remember it")
    }

    @Test func `says of what waits that it is in no block`() throws {
        let waiting = try view("v1", source: "client", [("accepted", 1)], block: .null)
        let report = TraceReport(of: hash, views: [waiting])
        #expect(report.text.hasPrefix("transaction \(hash): in no block yet\n"))
    }

    @Test func `wants a certificate for each API`() throws {
        func parse(_ arguments: [String]) throws -> ChainCommand.Trace {
            try ChainCommand.Trace.parse([hash.description] + arguments)
        }
        let (one, two) = (["--api", "https://a:1"], ["--api", "https://b:1"])
        let certificate = ["--api-certificate", "api.pem"]
        #expect(throws: Never.self) { try parse([]) }
        #expect(throws: Never.self) { try parse(certificate) }
        #expect(throws: Never.self) { try parse(one + certificate + two + certificate) }
        #expect(throws: (any Error).self) { try parse(one) }
        #expect(throws: (any Error).self) { try parse(one + two + certificate) }
        #expect(throws: (any Error).self) { try parse(one + certificate + certificate) }
        #expect(try parse(["--node", "v1", "--node", "v2"]).nodes == ["v1", "v2"])
    }

    @Test func `says what to do where nothing can be asked`() throws {
        let failure = #expect(throws: CommandFailure.self) {
            try ChainCommand.Trace.parse([hash.description, "--dir", "/nonexistent/net"]).run()
        }
        #expect(failure?.status == .unreachable)
        #expect(failure?.description.contains("make one with cluster/up") == true)
    }
}
