import API
import Foundation
import TestKit
import Testing

/// Every attack that there is, for some seconds each or at once: what the promise says of a release build
/// and twenty seconds each, with the wider limits of a debug build.
@Suite(.serialized) struct ShortAttackTests {
    /// What each attack on ports must have got through to have been one.
    private static let ports: [String: (count: String, least: Int)] = [
        "p1": ("calls", 500), "p2": ("refusals", 20), "p3a": ("key updates", 5_000),
        "p3b": ("key updates", 1_000), "p3c": ("frames", 20_000), "p3d": ("frames", 4_000),
        "p4": ("commands", 3), "p5a": ("bytes", 50_000), "p5b": ("bytes", 100_000),
        "p6a": ("connections", 1_000), "p6b": ("connections", 1_000),
        "p7": ("calls for filters", 200),
    ]

    /// The same of those of members, which are made at once.
    private static let members: [String: (count: String, least: Int)] = [
        "n1": ("resets of all links", 1), "n2a": ("bytes", 200_000),
        "n2b": ("bytes", 200_000), "n3a": ("transactions over the link", 8),
        "n3b": ("hashes", 10_000), "n4": ("taken", 50), "n6": ("links with the newcomer", 1),
        "n7": ("links", 5), "n8": ("transactions taken", 5), "m8": ("offers", 100),
        "m9a": ("picks", 5), "m9b": ("offers", 1),
        "m9c": ("picks", 1), "m10": ("pairs of receipts", 3), "m11": ("attempts", 3),
        "m12": ("calls", 15), "m13": ("aggregators stopped", 1), "m15": ("picks", 1),
        "r16": ("messages", 500), "r17": ("events", 100), "r18": ("messages", 500),
        "r19": ("orders", 2),
    ]

    /// What is missed, or was hardly tried, is tried once more: a machine that others use too is slow now
    /// and then, a node that has a fault misses its limits each time.
    @Test func `every attack leaves everyone else alone`() async throws {
        let results = try await Self.attack([])
        #expect(
            Set(results.flatMap(\.numbers)) == Set(Self.ports.keys).union(Self.members.keys))
        let missed = results.filter { !$0.missed.isEmpty }
        guard !missed.isEmpty else { return }
        print("attacks: once more, for \(missed.flatMap(\.missed).joined(separator: "; "))")
        for miss in try await Self.attack(missed.flatMap(\.numbers)).flatMap(\.missed) {
            Issue.record("\(miss)")
        }
    }

    private struct Result {
        /// The attacks it is of.
        let numbers: [String]
        /// Each limit that was not kept and each attack that was none, with the figure.
        let missed: [String]

        init(_ json: JSON) throws {
            let name = try #require(json["attack"]?.text?.verbatim)
            numbers = name.split(separator: " ").map(String.init)
            let broken = (json["verdicts"]?.elements ?? []).filter { $0["met"] != true }.map {
                let (figure, limit) = ($0["figure"]?.text ?? "", $0["limit"]?.text ?? "")
                return "\(name): \($0["name"]?.text ?? ""): \(figure), not \(limit)"
            }
            missed = try broken + numbers.compactMap { try Self.weakness(of: $0, in: json) }
        }

        /// Whether the attack `number` did not get through what makes it one, by itself or at once with
        /// others.
        private static func weakness(of number: String, in result: JSON) throws -> String? {
            let alone = ports[number].map { ($0.count, $0.least) }
            let atOnce = members[number].map { ("\(number) \($0.count)", $0.least) }
            let (name, least) = try #require(alone ?? atOnce, "\(number) is not known")
            let count = result["exerted"]?[name]?.integer ?? 0
            return count >= least ? nil : "\(number): \(name): \(count), not \(least)"
        }
    }

    /// Makes the attacks `numbers`, or all.
    private static func attack(_ numbers: [String]) async throws -> [Result] {
        let attack = try await Command.run(
            RunningTestnet.testnetProgram,
            ["attack"] + numbers + [
                "--short", "--json", "--manifest",
                RunningTestnet.checkout + "/cluster/manifests/attack.toml",
            ], timeout: .seconds(400))
        let report = try JSON(decoding: Array(attack.output.utf8))
        let results = try #require(report["attacks"]?.elements, "\(attack.errors)").map(Result.init)
        #expect(attack.exitCode == (report["met"] == true ? 0 : 1))
        return results
    }
}
