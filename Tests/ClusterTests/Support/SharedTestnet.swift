import Testing

/// A suite whose tests share one running testnet, since starting one takes seconds. Each test
/// leaves all of its nodes at work.
struct SharedTestnet: SuiteTrait, TestScoping {
    @TaskLocal private static var current: RunningTestnet?

    private let manifest: String
    private let options: [String]

    /// The testnet of the manifest in the file `manifest`.
    init(manifest: String, options: [String] = []) {
        self.manifest = manifest
        self.options = options
    }

    /// The testnet of the suite that the running test is in.
    static var testnet: RunningTestnet {
        get throws { try #require(current, "the suite has no testnet") }
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await RunningTestnet.with(options, manifest: manifest) { testnet in
            try await Self.$current.withValue(testnet, operation: function)
        }
    }
}

/// A suite whose tests do something to the nodes of one testnet while a client goes on; what the
/// client was told to be final must be there after each.
struct SharedFaultTrial: SuiteTrait, TestScoping {
    @TaskLocal private static var current: FaultTrial?

    /// The trial of the suite that the running test is in.
    static var trial: FaultTrial {
        get throws { try #require(current, "the suite has no testnet") }
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await RunningTestnet.with(text: RunningTestnet.faultManifest) { testnet in
            let client = try LedgerClient(
                testnet, member: "h02", nodes: ["exchange", "h05", "aggregator"])
            let trial = FaultTrial(testnet: testnet, client: client)
            try await withThrowingTaskGroup { group in
                group.addTask { await client.run() }
                try await Self.$current.withValue(trial, operation: function)
                group.cancelAll()
            }
        }
    }
}
