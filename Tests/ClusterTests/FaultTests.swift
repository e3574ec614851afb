import Testing

/// Faults of single machines on one running testnet, while a client goes on: what a node called
/// final stays so, nobody signs twice, and each node comes back.
@Suite(.serialized, SharedFaultTrial()) struct FaultTests {
    private let trial: FaultTrial

    init() throws {
        trial = try SharedFaultTrial.trial
    }

    @Test func `a paused validator votes again once it goes on`() async throws {
        try await trial.pauses()
        try await trial.check.expectSafety(of: trial.client)
    }

    @Test func `the ledger goes on without whoever is to propose`() async throws {
        try await trial.killsProposers()
        try await trial.check.expectSafety(of: trial.client)
    }

    @Test func `a clock that is an hour off is noticed, and moves no block's time`() async throws {
        try await trial.shiftsClocks()
        try await trial.check.expectSafety(of: trial.client)
    }

    @Test func `a node whose disk is full ends, and goes on once there is room`() async throws {
        try await trial.fillsDisks()
        try await trial.check.expectSafety(of: trial.client)
    }

    @Test func `a node whose files are damaged refuses them or comes to agree`() async throws {
        try await trial.damages()
        try await trial.check.expectSafety(of: trial.client)
    }

    @Test func `after all faults everybody takes part, and every database is whole`() async throws {
        let testnet = trial.testnet
        for name in ["v1", "v2", "v3", "v4"] {
            #expect(try await testnet.participates(name), "\(name)")
        }
        try await trial.check.expectSafety(of: trial.client)
        try await trial.check.expectWholeDatabases()
        try await testnet.resume()
    }
}
