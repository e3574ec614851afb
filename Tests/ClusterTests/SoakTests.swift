import API
import Foundation
import TestKit
import Testing

/// A short soak: faults drawn from a seed on real processes, with the promises checked.
@Suite(.serialized) struct SoakTests {
    @Test func `nothing final is lost while nodes are killed, paused and parted`() async throws {
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let (directory, report) = (place.path + "/soak", place.path + "/report.json")
        let soak = try await Command.run(
            RunningTestnet.testnetProgram,
            [
                "soak", "--minutes", "0.8", "--seed", "3", "--dir", directory, "--json", report,
                "--manifest", RunningTestnet.checkout + "/cluster/manifests/default.toml",
            ], timeout: .seconds(420))
        #expect(soak.exitCode == 0, "\(soak.text)")
        let summary = try JSON(
            decoding: Array(Data(contentsOf: URL(fileURLWithPath: report))))
        #expect(summary["sound"] == true)
        #expect(summary["faults"]?.integer ?? 0 >= 8)
        #expect(summary["acknowledged"]?.integer ?? 0 >= 100)
        #expect(summary["findings"] == [])
        // Nothing is left behind.
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func `the same seed plans the same faults`() async throws {
        let plans = try await [1, 1, 2].asyncMap { seed in
            let directory = NSTemporaryDirectory() + "no-such-testnet"
            let plan = try await Command.run(
                RunningTestnet.testnetProgram,
                [
                    "soak", "--dry-run", "--minutes", "30", "--seed", "\(seed)", "--dir", directory,
                    "--manifest", RunningTestnet.checkout + "/cluster/manifests/default.toml",
                ])
            #expect(plan.exitCode == 0, "\(plan.text)")
            return plan.output
        }
        #expect(plans[0] == plans[1])
        #expect(plans[0] != plans[2])
        #expect(plans[0].split(separator: "\n").count > 250)
    }
}

extension Array {
    /// What `body` makes of each element, one after the other.
    fileprivate func asyncMap<Result>(
        _ body: (Element) async throws -> Result
    ) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
