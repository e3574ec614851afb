import API
import Foundation
import TestKit
import Testing

/// Every attack that there is, for some seconds each: what the promise says of a release build and
/// twenty seconds, with the wider limits of a debug build.
@Suite(.serialized) struct ShortAttackTests {
    /// What each attack must have got through to have been one.
    private static let efforts: [String: (count: String, least: Int)] = [
        "1": ("calls", 500), "2": ("refusals", 20), "3a": ("key updates", 5_000),
        "3b": ("key updates", 5_000), "3c": ("frames", 20_000), "3d": ("frames", 20_000),
        "4": ("commands", 3), "5a": ("bytes", 50_000), "5b": ("bytes", 100_000),
        "6a": ("connections", 1_000), "6b": ("connections", 1_000), "7": ("calls for filters", 200),
    ]

    @Test func `every attack leaves everyone else alone`() async throws {
        let attack = try await Command.run(
            RunningTestnet.testnetProgram,
            [
                "attack", "--short", "--json", "--manifest",
                RunningTestnet.checkout + "/cluster/manifests/attack.toml",
            ], timeout: .seconds(300))
        let report = try JSON(decoding: Array(attack.output.utf8))
        let attacks = try #require(report["attacks"]?.elements, "\(attack.errors)")
        #expect(Set(attacks.compactMap { $0["attack"]?.text?.verbatim }) == Set(Self.efforts.keys))
        for attack in attacks {
            let number = try #require(attack["attack"]?.text?.verbatim)
            let effort = try #require(Self.efforts[number])
            let count = attack["exerted"]?[effort.count]?.integer ?? 0
            #expect(count >= effort.least, "\(number): \(effort.count)")
            for verdict in attack["verdicts"]?.elements ?? [] where verdict["met"] != true {
                Issue.record(
                    """
                    \(number): \(verdict["name"]?.text ?? ""): \(verdict["figure"]?.text ?? ""), \
                    not \(verdict["limit"]?.text ?? "")
                    """)
            }
        }
        #expect(attack.exitCode == (report["met"] == true ? 0 : 1))
    }
}
