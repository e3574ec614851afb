import Foundation
import Logging
import Protocol
import TestKit
import Testing

@testable import Node

/// What `busbar node --check` says of a household's files, and the start after it.
@Suite struct CheckTests {
    /// The row needs 44,000 W; the member of a test has 11,000.
    @Test(arguments: [
        ("2021-06-14T00:00:00Z,100,0", nil),
        ("2021-06-14T00:00:00Z,11000,0", "line 2: needs 44000 W, and the connection of h01"),
        ("2021-02-30T00:00:00Z,100,0", "line 2: time_utc is \"2021-02-30T00:00:00Z\""),
    ])
    func `the check of a profile says what the start says`(
        _ row: String, _ problem: String?
    ) async throws {
        try await withTemporaryDirectory { directory in
            let member = try TestMember("h01", .household, in: directory)
            let genesis = directory + "/genesis.json"
            try GenesisFile.write(
                .fixture(
                    chainID: 99, at: Timestamp(milliseconds: 1_700_000_000_000),
                    [.fixture(PrivateKey.random().address, .validator), member.member]),
                to: genesis)
            let file = directory + "/profile.csv"
            try Data("time_utc,h01_consumed_wh,h01_generated_wh\r\n\(row)\r\n".utf8)
                .write(to: URL(fileURLWithPath: file))
            var configuration = member.configuration(
                genesis: genesis, aggregator: Address(reserved: 9), peers: [])
            configuration.meter?.source = .profile(file: file, household: "h01")
            guard let problem else { return try Node.check(configuration) }
            let found = try #require(throws: ProfileError.self) { try Node.check(configuration) }
            #expect(found.description.contains(problem), "\(found)")
            let said = await #expect(throws: ProfileError.self) {
                _ = try await Node(configuration, logger: Logger(label: "h01"))
            }
            #expect(said == found)
        }
    }

    @Test func `the check of a genesis that is missing names it`() throws {
        try withTemporaryDirectory { directory in
            let member = try TestMember("h01", .household, in: directory)
            let configuration = member.configuration(
                genesis: directory + "/no.json", aggregator: Address(reserved: 9), peers: [])
            let error = try #require(throws: (any Error).self) { try Node.check(configuration) }
            #expect("\(error)".contains("/no.json"))
        }
    }
}
