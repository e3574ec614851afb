import ArgumentParser
import Client
import TestKit
import Testing

@testable import Testnet

@Suite struct `What is said of a testnet` {
    /// A node that has not made its token yet gives no code: a person learns where the app is, and why
    /// the address opens nothing.
    @Test func `names the first household's app, and says why there is no code`() throws {
        try withTemporaryDirectory { path in
            let directory = try TestnetDirectory(path + "/net")
            try MakingOptions.parse(["--validators", "1", "--households", "1"]).make(in: directory)
            let testnet = try Testnet(directory)
            let household = try #require(testnet.nodes.first { $0.role == "household" })
            let lines = testnet.report(testnet.beginning).split(separator: "\n")
            let begin = try #require(lines.firstIndex(of: "begin       \(household.app)/"))
            #expect(lines[begin + 1].contains("there is no code"))
            #expect(lines[begin + 1].hasSuffix("the node has not run yet; start it first"))
        }
    }
}
