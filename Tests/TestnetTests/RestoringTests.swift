import ArgumentParser
import Client
import Console
import TestKit
import Testing

@testable import Testnet

@Suite struct RestoringTests {
    private struct First: Error {}
    private struct Second: Error {}

    @Test func `what failed first is told, whatever fails as things are put back`() throws {
        let failed = Result<Int, any Error>.failure(First())
        #expect(throws: First.self) { _ = try failed.get(after: {}) }
        #expect(throws: First.self) { _ = try failed.get(after: { throw Second() }) }
        let done = Result<Int, any Error>.success(7)
        #expect(try done.get(after: {}) == 7)
        #expect(throws: Second.self) { _ = try done.get(after: { throw Second() }) }
    }

    @Test func `households that trade by themselves are not measured`() throws {
        try withTemporaryDirectory { path in
            let directory = try TestnetDirectory(path + "/net")
            try MakingOptions.parse(["--validators", "1", "--households", "1"]).make(in: directory)
            let settings = LoadSettings(
                kind: .transfer, pace: .closed(inFlight: 1, count: 2), members: 1, batch: 1,
                warm: 0, repetitions: 1, places: [], isAlone: false, timeout: 1)
            let failure = try #require(throws: CommandFailure.self) {
                _ = try LoadBench(settings, in: Testnet(directory))
            }
            #expect(failure.description.contains("trades by itself"), "\(failure)")
            #expect(failure.description.contains("cluster/manifests/bench-load.toml"))
        }
    }
}
