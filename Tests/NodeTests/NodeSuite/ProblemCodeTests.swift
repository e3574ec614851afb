import API
import Foundation
import Protocol
import TestKit
import Testing

@testable import Node

/// The codes of problems: what the sources send, what a node says of itself, and what the pages are
/// tried with and know a sentence for. None may know one that nobody sends.
@Suite struct `The codes of problems` {
    /// What the pages make themselves, of answers without a code.
    private static let pagesOwn: Set<String> = ["failed", "offline", "not-found"]
    /// Who makes the codes' values for people: the pages, and not a node.
    private static let usual: Set<String> = ["type", "title", "status", "code", "detail"]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func members(_ json: JSON?) -> [JSON.Member] {
        if case .object(let members)? = json { members } else { [] }
    }

    /// What the sources of the API and of the app say, one after the other.
    private static func sources() throws -> String {
        try ["Sources/API", "Sources/App"].flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: root.path + "/" + folder).sorted()
                .filter { $0.hasSuffix(".swift") }.map { try text(folder + "/" + $0) }
        }.joined()
    }

    /// A code as a node describes it: of which path, and with which status.
    private struct Described: Hashable {
        let path: String
        let status: String
        let code: String
    }

    private static func described(by member: TestMember) async throws -> Set<Described> {
        let document = try await PlainClient(port: member.app.port).get("/api/v1/openapi.json").json
        var found: Set<Described> = []
        for path in members(document["paths"]) {
            for method in members(path.value) {
                for answer in members(method.value["responses"]) {
                    for code in answer.value["x-codes"]?.elements ?? [] {
                        let code = try #require(code.verbatim)
                        #expect(answer.value["description"]?.verbatim?.contains(code) == true)
                        found.insert(
                            Described(path: path.name, status: answer.name, code: code))
                    }
                }
            }
        }
        return found
    }

    /// What a household's node and an aggregator's say together.
    private static func described() async throws -> Set<Described> {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (office, household) = (community.office, community.household)
            return try await community.running(office) { _ in
                try await community.running(household, dialling: [office]) { _ in
                    try await described(by: office).union(described(by: household))
                }
            }
        }
    }

    @Test func `are those that a node describes, and no others are known to the pages`()
        async throws
    {
        let described = try await Self.described()
        let codes = Set(described.map(\.code))
        #expect(codes.count > 25)

        let sources = try Self.sources()
        let sent = Set(sources.matches(of: /\bcode: "([a-z-]+)"/).map { String($0.1) })
        #expect(sent.symmetricDifference(codes) == [])

        // Each stands among what the pages are tried with, as it is sent.
        let named = Set(sources.matches(of: /JSON\.Member\(\s*"(\w+)"/).map { String($0.1) })
        let problems = try JSON(
            decoding: Array(Self.text("Tests/AppTests/browser/fixtures/problems.json").utf8))
        #expect(Set(Self.members(problems).map(\.name)).symmetricDifference(codes) == [])
        for problem in Self.members(problems) {
            let statuses = Set(described.filter { $0.code == problem.name }.map(\.status))
            #expect(problem.value["code"]?.verbatim == problem.name)
            let status = problem.value["status"]?.integer.map { String($0) } ?? ""
            #expect(statuses.contains(status), "\(problem.name): \(status)")
            let more = Set(Self.members(problem.value).map(\.name)).subtracting(Self.usual)
            #expect(more.subtracting(named) == [], "\(problem.name)")
        }

        for language in ["en", "de"] {
            let messages = try JSON(
                decoding: Array(Self.text("Sources/Pages/files/messages/\(language).json").utf8))
            let known = Self.members(messages).map {
                $0.name.split(separator: ".").map(String.init)
            }
            .filter { $0.count > 1 && $0[0] == "problem" }.map { $0[1] }
            #expect(known.count > 20)
            #expect(Set(known).subtracting(codes).subtracting(Self.pagesOwn) == [], "\(language)")
        }
    }

    @Test func `stand in the pages' README at the paths that send them`() async throws {
        let described = try await Self.described()
        var count = 0
        for row in try Self.text("Tests/AppTests/browser/README.md").split(separator: "\n") {
            guard row.hasPrefix("| "), let place = row.firstMatch(of: /`(\/[^`?]*)/) else {
                continue
            }
            // What is written large stands for something else.
            let base = place.1.split(separator: "/").prefix { $0.allSatisfy { !$0.isUppercase } }
                .map { "/" + $0 }.joined()
            let sent = described.filter { $0.path == base || $0.path.hasPrefix(base + "/") }
            for list in row.matches(of: /[Cc]odes? ((?:`[a-z-]+`(?:, )?)+)/) {
                let codes = Set(list.1.matches(of: /`([a-z-]+)`/).map { String($0.1) })
                #expect(codes.subtracting(sent.map(\.code)) == [], "\(base)")
                count += codes.count
            }
        }
        #expect(count > 25)
    }
}
