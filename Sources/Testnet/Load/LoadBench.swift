import Client
import Console
import Ledger
import Node
import Protocol
import Storage

/// Measures a running testnet under a load of its own making.
struct LoadBench {
    let settings: LoadSettings
    private(set) var testnet: Testnet
    let places: [LoadDriver.Place]
    /// The number of the next address that nobody has used.
    var address = 30_000
    private var members: [LoadMember] = []
    /// The nodes that were stopped for it.
    private var stopped: [String] = []

    /// What a member is given, in base units.
    private static let funds = TokenAmount(1_000_000)
    /// How many members a node has connections for, beside everyone else.
    private static let membersAtPlace = 180
    /// How many transactions a member makes in one portion of those that are not measured.
    private static let warmNonces = 500
    /// How long nodes may take to catch up with the rest, in seconds.
    private static let catchUpSeconds = 120.0

    init(_ settings: LoadSettings, in testnet: Testnet) throws {
        try BenchPlaces.requireNoTraders(testnet, manifest: "bench-load.toml")
        self.settings = settings
        self.testnet = testnet
        let nodes =
            try settings.places.isEmpty
            ? testnet.nodes(.validator) : settings.places.map { try testnet.endpoints.node($0) }
        for node in nodes where testnet.process(node.name).pid == nil {
            throw CommandFailure(.unreachable, "\(node.name) does not run")
        }
        guard settings.membersOfRun <= Self.membersAtPlace * nodes.count else {
            throw CommandFailure(
                .failed, "so many members take more nodes: each has 200 connections for clients")
        }
        places = nodes.map { LoadDriver.Place(name: $0.name, port: $0.rpcPort) }
    }

    /// Measures; whatever happens, what ran before runs again.
    mutating func run() throws -> LoadReport {
        let machine = Machine.this(storingIn: testnet.directory.path)
        let result = Result { try measure(machine) }
        return try result.get(after: { try testnet.startAgain(stopped) })
    }

    private mutating func measure(_ machine: Machine) throws -> LoadReport {
        try prepare()
        if settings.warm > 0 { try warm() }
        var runs: [LoadRun] = []
        for number in 1...settings.repetitions {
            runs.append(try run(seed: UInt64(number)))
            Terminal.progress(
                "run \(number)/\(settings.repetitions)", isLast: number == settings.repetitions)
        }
        let running = testnet.running
        return LoadReport(
            settings: settings, machine: machine,
            build: try Machine.build(ofNodes: running.map(\.pid)),
            nodes: Dictionary(grouping: running, by: \.node.role).mapValues(\.count),
            blockInterval: try GenesisFile.read(testnet.directory.genesis).minimumBlockInterval,
            runs: runs)
    }
}

// Members.
extension LoadBench {
    /// Stops whom the measurement wants away, and registers everyone who is to hand something in. The
    /// aggregator's process is stopped meanwhile: its key signs.
    private mutating func prepare() throws {
        guard let validator = testnet.nodes(.validator).first,
            let aggregator = testnet.nodes(.aggregator).first
        else { throw CommandFailure(.failed, "it takes a validator and an aggregator") }
        let count = settings.membersOfRun * settings.repetitions
        let all = count + (settings.warm > 0 ? settings.members : 0)
        let needed = TokenAmount(UInt64(all) * Self.funds.baseUnits)
        try testnet.client(validator).waitForTokens(needed, of: aggregator.address, seconds: 60)
        let running = Set(testnet.running.map(\.node.name))
        let others = testnet.nodes.filter { $0.role != NodeRole.validator.rawValue }.map(\.name)
        let isPlace = Set(places.map(\.name))
        let away = (settings.isAlone ? others : [aggregator.name]).filter(running.contains)
        guard isPlace.isDisjoint(with: away) else {
            throw CommandFailure(.failed, "\(away.joined(separator: ", ")) must be stopped for it")
        }
        stopped = away
        try testnet.stop(away)
        try register(all, signing: aggregator.key(), at: validator)
        // Trades are settled with the aggregator's key.
        guard !settings.isAlone, settings.kind != .trade else { return }
        _ = try testnet.start(away)
        stopped = []
        _ = try catchUp()
    }

    private mutating func register(
        _ count: Int, signing key: PrivateKey, at node: EndpointsFile.Node
    ) throws {
        let new = (0..<count).map { _ in LoadMember.random() }
        let calls = new.flatMap { new -> [(contract: Address, data: Bytes)] in
            let transfer = TokenCall.transfer(to: new.account.address, amount: Self.funds)
            return [
                (NativeContract.community, CommunityCall.register(new.member)),
                (NativeContract.token, transfer),
            ]
        }
        let nonce = try testnet.client(node).nonce(of: key.address)
        let sender = LoadWork.Sender(key: key, firstNonce: nonce, calls: calls)
        let work = LoadWork([sender], chainID: testnet.endpoints.chainId)
        // One member may have an eighth of a pool's free room, and a node's client so many a second.
        _ = try drive(work, .closed(inFlight: 200), batch: 50)
        members = new
    }

    mutating func takeMembers(_ count: Int) -> [LoadMember] {
        defer { members.removeFirst(count) }
        return Array(members.prefix(count))
    }
}

// Loads.
extension LoadBench {
    /// Hands `work` in; throws where something of it did not become final, or was reverted.
    private mutating func drive(
        _ work: LoadWork, _ pace: LoadPace, batch: Int,
        before: (Testnet) throws -> Void = { _ in }
    ) throws -> LoadOutcome {
        let driver = try LoadDriver(
            work, at: places, pace: pace, batch: batch, timeout: settings.timeout,
            firstAddress: address)
        address += work.lanes.count + 1
        try before(testnet)
        let outcome = try driver.run()
        try outcome.requireFinal(work, timeout: settings.timeout)
        return outcome
    }

    /// Makes the chain as long as it is wanted, in portions: a long chain's transactions do not all fit
    /// into the memory at once.
    private mutating func warm() throws {
        let members = takeMembers(settings.members).map(\.account)
        let portion = Self.warmNonces * members.count
        for start in stride(from: 0, to: settings.warm, by: portion) {
            let end = min(settings.warm, start + portion)
            let work = LoadWork(
                .transfer, count: end - start, by: members,
                firstNonce: UInt64(start / members.count), chainID: testnet.endpoints.chainId)
            _ = try drive(
                work, .closed(inFlight: LoadSettings.warmInFlight), batch: settings.batch)
            Terminal.progress(
                "transfers before: \(end)/\(settings.warm)", isLast: end == settings.warm)
        }
        _ = try catchUp()
    }

    private mutating func run(seed: UInt64) throws -> LoadRun {
        let limits = try MachineLimits.measure(in: testnet.directory.path)
        let diskBefore = try disk()
        var (before, said) = (LoadCost([]), LinkTraffic())
        let (outcome, trades) = try load(seed: seed) { testnet in
            said = try LinkTraffic(of: testnet)
            before = LoadCost(testnet.running)
        }
        let loaded = LoadCost(testnet.running)
        let behind = try catchUp()
        let after = LoadCost(testnet.running)
        let traffic = try LinkTraffic(of: testnet) - said
        let blocks = outcome.book.blocks
        let (first, last) = (blocks.keys.min() ?? 0, blocks.keys.max() ?? 0)
        let times = try testnet.client(testnet.endpoints.node(places[0].name))
            .blockTimes([first, last])
        return LoadRun(
            outcome: outcome, trades: trades, limits: limits, roles: after.roles(since: before),
            traffic: traffic, machineShare: loaded.time.machineShare(since: before.time),
            diskBytes: try disk() - diskBefore, catchUpSeconds: behind,
            blockSeconds: Self.seconds(from: times[first], to: times[last]))
    }

    /// What is measured: transactions that are signed beforehand, or trades.
    private mutating func load(
        seed: UInt64, before: (Testnet) throws -> Void
    ) throws -> (LoadOutcome, TradeTimes?) {
        let pace: LoadPace
        let count: Int
        switch settings.pace {
        case .closed(let inFlight, let wanted):
            pace = .closed(inFlight: inFlight)
            count = wanted
        case .open(let rate, let seconds):
            let schedule = LoadSchedule(rate: rate, seconds: seconds, seed: seed)
            pace = .open(schedule)
            count = schedule.due.count
        }
        guard settings.kind != .trade else {
            let (outcome, times) = try makeTrades(count, before: before)
            return (outcome, times)
        }
        let work = LoadWork(
            settings.kind, count: count,
            by: takeMembers(settings.membersOfRun).map(\.account),
            chainID: testnet.endpoints.chainId)
        return (try drive(work, pace, batch: settings.batch, before: before), nil)
    }

    private static func seconds(from first: Timestamp?, to last: Timestamp?) -> Double {
        guard let first, let last else { return 0 }
        return Double(last.millisecondsSince(first)) / 1_000
    }

    /// The bytes of the ledger's tables in the first place's file.
    private func disk() throws -> Double {
        let data = try testnet.endpoints.node(places[0].name).data
        return try TableSizes.read(directory: data).reduce(0) { $0 + Double($1.bytes) }
    }

    /// Waits until every node that runs has the first place's last block, the very same; how long that
    /// took, in seconds.
    private func catchUp() throws -> Double {
        let first = try testnet.client(testnet.endpoints.node(places[0].name))
        let height = try first.height()
        let hash = try first.block(height)?["hash"]?.hash
        let start = ContinuousClock.now
        var waiting = testnet.running.map(\.node)
        while true {
            waiting.removeAll { (testnet.height(of: $0) ?? 0) >= height }
            let seconds = start.duration(to: .now) / .seconds(1)
            guard !waiting.isEmpty else {
                try checkBlock(height, hash)
                return seconds
            }
            guard seconds < Self.catchUpSeconds else {
                let names = waiting.map(\.name).joined(separator: ", ")
                throw CommandFailure(.late, "\(names): without block \(height)")
            }
            // What is asked costs those who are asked.
            Terminal.pause(milliseconds: 100)
        }
    }

    private func checkBlock(_ height: UInt64, _ hash: Hash32?) throws {
        for (node, _) in testnet.running {
            let other = try testnet.client(node).block(height)?["hash"]?.hash
            guard other == hash else {
                throw CommandFailure(.unsound, "\(node.name) has another block \(height)")
            }
        }
    }
}
