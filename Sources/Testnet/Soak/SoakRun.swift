import Console
import Client
internal import Dispatch
import Keys
import Node

/// A soak: clients send transactions, faults come and go, a watch looks on; at the end everything
/// heals and the ledgers are audited.
struct SoakRun {
    private let settings: SoakSettings
    private let directory: TestnetDirectory
    private var testnet: Testnet
    private let board: SoakBoard
    private let roles: [String: String]
    private let validators: Set<String>
    private var records: [SoakRecord] = []

    init(_ settings: SoakSettings, in directory: TestnetDirectory) throws {
        self.settings = settings
        self.directory = directory
        testnet = try Testnet(directory)
        try testnet.startUp(timeoutSeconds: 180)
        board = SoakBoard()
        let nodes = testnet.nodes
        roles = Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.role) })
        validators = Set(testnet.nodes(.validator).map(\.name))
    }

    /// What is drawn for `testnet` from the settings.
    static func plan(
        _ settings: SoakSettings, for testnet: Testnet
    ) -> [PlannedFault] {
        var scope = RandomPlan.Scope(testnet)
        scope.cutsQuorums = true
        scope.pause = 2...5
        return RandomPlan(seed: settings.seed, seconds: settings.seconds, scope: scope).faults
    }

    /// Does everything; whatever happens, nothing is left running.
    mutating func run() throws -> SoakSummary {
        do {
            try disturb()
            try audit()
        } catch {
            _ = try? testnet.stopAll()
            throw error
        }
        _ = try testnet.stopAll()
        return SoakSummary(
            settings: settings, state: board.current, elapsed: board.elapsed,
            wasInterrupted: Interruption.isWanted, directory: directory.path)
    }

    /// Runs clients, watch and faults side by side until the time is up.
    private mutating func disturb() throws {
        let clients = try makeClients()
        let board = board
        let group = DispatchGroup()
        let interval = Double(clients.count) / settings.rate
        board.startClock()
        for (index, client) in clients.enumerated() {
            let start = board.elapsed + interval * Double(index) / Double(clients.count)
            Self.start("busbar.soak.\(client.name)", in: group) {
                var client = client
                do {
                    try client.run(every: interval, from: start)
                } catch {
                    board.find("\(client.name) cannot go on: \(error)")
                }
            }
        }
        let watch = SoakWatch(testnet, board)
        let watching = DispatchGroup()
        Self.start("busbar.soak.watch", in: watching) {
            var watch = watch
            watch.run()
        }
        Self.start("busbar.soak.returns", in: watching) {
            watch.awaitReturns()
        }
        let result = Result { try conduct() }
        // Nothing stays disturbed, and everyone must come back, while the clients go on.
        let healing = Result { if !Interruption.isWanted { try testnet.heal() } }
        wait(for: SoakSettings.aftermath)
        board.endClients()
        group.wait()
        board.stopClock()
        board.endWatch()
        watching.wait()
        // What went wrong first is said.
        try result.get()
        try healing.get()
    }

    /// Runs `body`, which blocks, on a thread of its own.
    private static func start(
        _ name: String, in group: DispatchGroup, _ body: @escaping @Sendable () -> Void
    ) {
        DispatchQueue(label: name).async(group: group, execute: body)
    }

    /// Carries the plan out until the time is up.
    private mutating func conduct() throws {
        let plan = Self.plan(settings, for: testnet)
        var conductor = FaultConductor(testnet, plan)
        let begin = board.elapsed
        var nextReport = begin
        let (board, validators) = (board, validators)
        while !Interruption.isWanted {
            let elapsed = board.elapsed - begin
            if elapsed >= settings.seconds { break }
            let happenings = try conductor.step(at: elapsed) {
                board.mayBegin($0, validators: validators)
            }
            for happening in happenings {
                board.note(happening, roles: roles)
                Terminal.note("\(happening.line(at: board.elapsed))")
            }
            if board.elapsed >= nextReport {
                nextReport += 5
                report(conductor)
            }
            Terminal.pause(milliseconds: 10)
        }
        for happening in try conductor.endAll() { board.note(happening, roles: roles) }
    }

    /// A line about how it goes.
    private func report(_ conductor: FaultConductor) {
        let state = board.current
        let now = board.elapsed
        let disturbed = conductor.disturbed.sorted()
        let who =
            disturbed.isEmpty
            ? "all well" : disturbed.count > 6 ? "all disturbed" : disturbed.joined(separator: " ")
        Terminal.note(
            "\(Int(now)) s  block \(state.highestBlock)  \(state.acknowledged) final "
                + "(\(Figures.text(Double(state.acknowledged) / max(now, 1)))/s)  "
                + "\(state.faults.count) faults  last final "
                + "\(Figures.text(now - state.lastAcknowledged)) s ago  \(who)"
                + (state.findings.isEmpty ? "" : "  \(state.findings.count) BROKEN"))
    }

    private func wait(for seconds: Double) {
        let end = board.elapsed + seconds
        while board.elapsed < end, !Interruption.isWanted { Terminal.pause(milliseconds: 50) }
    }

    private mutating func makeClients() throws -> [SoakClient] {
        let keys = try testnet.registerMembers(settings.clients)
        let genesis = try GenesisFile.read(directory.genesis)
        let places = try testnet.nodes.map { try testnet.client($0, timeoutSeconds: 3) }
        let market = SoakMarket()
        // Past the window for delivery, and some more.
        let refundAfter =
            Double(genesis.deliveryWindow) / Double(genesis.marketClock.rate) * 1.2 + 5
        try DurableFile.makePrivateDirectory(at: directory.path + "/clients")
        return keys.enumerated().map { index, key in
            let name = "c\(index < 9 ? "0" : "")\(index + 1)"
            let record = SoakRecord(path: "\(directory.path)/clients/\(name).jsonl")
            records.append(record)
            return SoakClient(
                name: name,
                submitter: Submitter(key: key, chainID: testnet.endpoints.chainId),
                places: places, home: index % places.count, record: record, board: board,
                market: market,
                calls: SoakCalls(
                    seed: settings.seed &+ UInt64(index) &* 1_000_003, account: key.address,
                    others: keys.filter { $0.address != key.address }.map(\.address),
                    refundAfter: refundAfter))
        }
    }

    private mutating func audit() throws {
        guard !Interruption.isWanted else { return }
        let audit = try SoakAudit(testnet, board, records: records)
        Terminal.note(
            "all faults are over: looking for \(audit.count) transactions on every node")
        audit.waitForLaggards()
        audit.lookForStalls()
        try audit.readChains()
        audit.countTokens()
        let late = try testnet.stopAll()
        if !late.isEmpty { board.find("a node did not stop within 15 s of being asked to") }
        audit.readFiles()
    }
}
