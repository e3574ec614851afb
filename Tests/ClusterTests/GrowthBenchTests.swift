import API
import TestKit
import Testing

/// What grows with a community's trades and what must not, on a chain of a few hundred: that all of it is
/// measured, and that nodes take the chain for what it is.
@Suite(.serialized) struct GrowthBenchTests {
    @Test func `nodes of each role run on a chain that was made for them`() async throws {
        let place = try TemporaryDirectory()
        let bench = try await Command.run(
            RunningTestnet.testnetProgram,
            [
                "bench", "growth", "--json", "--members", "50", "--trades", "300", "--settle", "0",
                "--catch-up", "20", "--asks", "3", "--dir", place.path + "/growth", "--manifest",
                RunningTestnet.checkout + "/cluster/manifests/bench.toml",
            ], timeout: .seconds(240))
        // How long something took says nothing on so short a chain, beside other tests: 5 says that
        // such a figure has grown.
        #expect([0, 5].contains(bench.exitCode), "\(bench.errors)")
        let report = try JSON(decoding: Array(bench.output.utf8))
        #expect(report["trades"] == [3, 30, 300])
        let figures = try #require(report["figures"]?.elements)
        let names = figures.compactMap { $0["name"]?.text?.verbatim }
        for name in [
            "start of the household, s", "memory of the aggregator, MB", "GET market, ms",
            "network status, ms", "catch-up, from the first block, transactions/s",
            "disk: ledger_transactions, MB", "disk a trade, bytes",
        ] {
            #expect(names.contains(name))
        }
        for figure in figures {
            let name = figure["name"]?.text?.verbatim ?? ""
            let unit = name.split { " ,/".contains($0) }.last
            let isTime = unit == "s" || unit == "ms"
            #expect(isTime || figure["met"] == true, "\(figure)")
        }
    }
}
