import Client
import Console
import Node
import Protocol

/// Makes a chain of a community's life in a moment, and measures nodes on it at one part in a hundred of
/// its trades, at one in ten, and at its end.
struct GrowthBench {
    let plan: GrowthPlan
    let manifest: NetworkManifest
    let measuring: GrowthMeasuring
    /// Whether the directory stays when all is measured.
    let keeps: Bool

    /// Measures, in `directory`, which must be free.
    func run(in directory: TestnetDirectory) async throws -> GrowthReport {
        let machine = Machine.this
        var testnet = try make(in: directory)
        defer { if !keeps { directory.remove() } }
        let signers = KnownSigners()
        let parties = try GrowthParties(testnet, members: plan.members)
        let chain = try GrowthChain(
            GenesisFile.read(directory.genesis), validators: parties.validators, signers: signers,
            in: directory.path + "/chain")
        var trades = GrowthTrades(plan, parties, signers, chain: chain)
        var samples: [GrowthSample] = []
        var seconds = 0.0
        for (index, checkpoint) in plan.checkpoints.enumerated() {
            let start = ContinuousClock.now
            if index == 0 { try await trades.begin() }
            let behind = try await prepare(&trades, upTo: checkpoint, testnet)
            seconds += start.duration(to: .now) / .seconds(1)
            Terminal.note("\(trades.trades) trades are made; measuring")
            samples.append(try await measure(&trades, &testnet, behind: behind))
        }
        try await trades.close()
        return GrowthReport(
            plan: plan, samples: samples, machine: machine,
            transactionsASecond: Double(trades.chain.transactionCount) / seconds)
    }

    private func make(in directory: TestnetDirectory) throws -> Testnet {
        var manifest = manifest
        manifest.households = ["h01", "h02"]
        manifest.speed = GrowthPlan.speed
        let table = try HouseholdTable(file: manifest.dataDirectory + "/households.csv")
        let design = try TestnetPlan(manifest: manifest, households: table, withProxies: false)
        let span = GrowthTrades.span(of: plan)
        _ = try TestnetMaker.make(design, in: directory) { genesis in
            let now = genesis.timestamp.milliseconds
            genesis.timestamp = Timestamp(milliseconds: now - span)
            genesis.marketClock.ledgerOrigin = genesis.timestamp
        }
        return try Testnet(directory)
    }

    /// Makes waves until there are `count`; what was there two waves before goes to the second
    /// validator. Gives the height up to which that is.
    private func prepare(
        _ trades: inout GrowthTrades, upTo count: Int, _ testnet: Testnet
    ) async throws -> UInt64 {
        while trades.waves < count - 2 { try await makeWave(&trades) }
        let behind = trades.chain.head.number
        let laggard = testnet.nodes(.validator)[1]
        // A sealed file that is new to its place would be read in full first.
        try await trades.paused {
            try GrowthMeasuring.copy($0, to: laggard, withSeal: false)
        }
        while trades.waves < count { try await makeWave(&trades) }
        return behind
    }

    private func makeWave(_ trades: inout GrowthTrades) async throws {
        try await trades.makeWave()
        guard !Interruption.isWanted else { throw CommandFailure(.failed, "interrupted") }
        Terminal.progress(
            "trades \(trades.trades)/\(plan.waves * plan.wave)", isLast: trades.waves == plan.waves)
    }

    private func measure(
        _ trades: inout GrowthTrades, _ testnet: inout Testnet, behind: UInt64
    ) async throws -> GrowthSample {
        let (count, chain) = (trades.trades, trades.chain)
        var copy = testnet
        let sample = try await trades.paused { directory in
            for node in GrowthMeasuring.holders(copy) {
                try GrowthMeasuring.copy(directory, to: node)
            }
            for node in copy.nodes(.household).dropFirst() { try GrowthMeasuring.empty(node) }
            return try measuring.sample(
                &copy, chain: directory, trades: count, chain, behind: behind)
        }
        testnet = copy
        return sample
    }
}
