import Client
import Foundation
import Glibc
import TestKit
import Testing

/// Faults that are done to a running testnet while a client goes on.
struct FaultTrial {
    let testnet: RunningTestnet
    let client: LedgerClient
    var check: LedgerCheck { LedgerCheck(testnet: testnet) }

    /// Waits until something becomes final that the client began with after `start`; how long that
    /// took from then on.
    func nextFinal(
        after start: ContinuousClock.Instant = .now, within limit: Duration = .seconds(30)
    ) async throws -> Duration {
        var end: ContinuousClock.Instant?
        let comes = try await eventually(within: limit, every: .milliseconds(10)) {
            end = await client.firstAcknowledged(after: start)
            return end != nil
        }
        try #require(comes, "nothing becomes final within \(limit)")
        return (end ?? start) - start
    }

    /// The validator whose turn it is at the height after the last block.
    func proposer() async throws -> String {
        let validators = testnet.endpoints.nodes.filter { $0.role == "validator" }
            .sorted { $0.address < $1.address }
        let height = try await testnet.height("exchange")
        let last = try #require(
            try await testnet.block(height, at: "exchange")?["miner"]?.verbatim)
        let place = validators.firstIndex {
            $0.address.description.lowercased() == last.lowercased()
        }
        return validators[((place ?? 0) + 1) % validators.count].name
    }

    /// Seconds for which validators are paused: `BUSBAR_TEST_PAUSE_SECONDS`, up to 60.
    private var pause: Int {
        let text = ProcessInfo.processInfo.environment["BUSBAR_TEST_PAUSE_SECONDS"]
        return min(60, text.flatMap { Int($0) } ?? 4)
    }

    /// Any validator, then the one whose turn it is, stands still for a while.
    func pauses() async throws {
        for name in ["v2", try await proposer()] {
            try await testnet.send(SIGSTOP, to: name)
            let other = name == "v1" ? "v2" : "v1"
            let start = ContinuousClock.now
            _ = try await nextFinal()
            let height = try await testnet.height(other)
            // Others go on while it stands still.
            let goesOn = try await eventually(within: .seconds(20)) {
                try await testnet.height(other) > height + 3
                    && ContinuousClock.now - start > .seconds(pause)
            }
            #expect(goesOn || pause > 15)
            try await testnet.send(SIGCONT, to: name)
            #expect(try await testnet.catchesUp(name, with: other))
            #expect(try await testnet.participates(name))
            #expect(try await seals(name), "\(name) does not vote again")
        }
        try check.expectNobodySignsTwice()
    }

    /// Whether the validator's seal is in a new block.
    private func seals(_ name: String) async throws -> Bool {
        let address = try testnet.node(name).address.description.lowercased()
        return try await eventually(within: .seconds(30)) {
            let head = try await testnet.get("aggregator", "/api/v1/blocks?limit=3")
            return head.body?.compact.lowercased().contains(address) == true
        }
    }

    /// Kills whoever is to propose next, again and again; how long until the client knows of the
    /// next final transaction.
    func killsProposers() async throws {
        var times: [Double] = []
        let count = Int(ProcessInfo.processInfo.environment["BUSBAR_TEST_KILLS"] ?? "") ?? 8
        for _ in 0..<count {
            let name = try await proposer()
            let moment = ContinuousClock.now
            try await testnet.send(SIGKILL, to: name)
            times.append(try await nextFinal(after: moment) / .milliseconds(1))
            try await testnet.restart(name, with: name == "v1" ? "v2" : "v1")
            #expect(try await testnet.participates(name))
        }
        times.sort()
        let (median, worst) = (times[times.count / 2], times[(times.count - 1) * 99 / 100])
        print(
            "proposer killed \(times.count) times; next final after "
                + "p50 \(Int(median)) ms, p99 \(Int(worst)) ms, most \(Int(times.last ?? 0)) ms")
        // Two seconds are usual; both cores may be busy with something else.
        #expect(worst < 10_000)
        try check.expectNobodySignsTwice()
    }

    /// One validator's clock is an hour off, one way and the other.
    func shiftsClocks() async throws {
        for (offset, word) in [("3600", " fast"), ("-3600", " slow")] {
            try await testnet.send(SIGTERM, to: "v3")
            let node = try testnet.start("v3", ["BUSBAR_CLOCK_OFFSET_SECONDS": offset])
            let says = try await eventually(within: .seconds(30)) {
                let log = try node.log()
                return log.contains("this machine's clock seems to be") && log.contains(word)
            }
            let log = try node.log()
            #expect(says, "\(offset): \(log.suffix(800))")
            _ = try await nextFinal()
            try await testnet.send(SIGTERM, to: "v3")
            try await testnet.restart("v3", with: "v1")
        }
        let height = try await testnet.height("v1")
        let now = Date().timeIntervalSince1970
        for number in stride(from: height, to: height > 60 ? height - 60 : 1, by: -1) {
            let block = try #require(try await testnet.block(number, at: "v1"))
            let time = try #require(block["timestamp"]?.quantity)
            #expect(Double(time) < now + 6, "block \(number)")
            #expect(Double(time) > now - 300, "block \(number)")
        }
        try check.expectNobodySignsTwice()
    }

    /// A validator may write no file longer than a few blocks need: it ends with one line, and goes
    /// on once it may.
    func fillsDisks() async throws {
        try await testnet.send(SIGTERM, to: "v4")
        let data = try testnet.node("v4").data
        let size = try Data(contentsOf: URL(fileURLWithPath: data + "/chain.sqlite")).count
        // In units of 512 bytes: the file as it is, and a log of some blocks.
        let blocks = (size + 160_000) / 512
        let node = try testnet.start(
            "v4", launcher: ["/bin/sh", "-c", "ulimit -f \(blocks); exec \"$@\"", "sh"])
        try await expectEnd(of: node, saying: "the disk cannot be read or written", code: 1)
        if geteuid() == 0 { try await fillsSmallDisk() }
        try await testnet.restart("v4", with: "v1")
        #expect(try await testnet.participates("v4"))
        try check.expectNobodySignsTwice()
    }

    /// The same on a disk of its own that is full, and has room again.
    private func fillsSmallDisk() async throws {
        let data = try testnet.node("v4").data
        let disk = testnet.directory + "/small-disk"
        try FileManager.default.createDirectory(
            atPath: disk, withIntermediateDirectories: true)
        let holder = smallDisk(at: disk, holding: data)
        try holder.run()
        defer { holder.terminate() }
        let inside = "/proc/\(holder.processIdentifier)/root\(disk)"
        let isMounted = try await eventually(within: .seconds(10)) {
            FileManager.default.fileExists(atPath: inside + "/ready")
        }
        guard isMounted else {
            print("skipped: a disk of its own cannot be mounted here")
            return
        }
        let launcher = ["/usr/bin/nsenter", "-m", "-t", "\(holder.processIdentifier)"]
        let full = try testnet.start(
            "v4", options: ["--set", "data=\(disk)"], launcher: launcher)
        #expect(try await testnet.catchesUp("v4", with: "v1"))
        try fill(inside + "/filler")
        try await expectEnd(of: full, saying: "no space left on the disk of", code: 6)
        try fill(inside + "/filler")
        let again = try testnet.start(
            "v4", options: ["--set", "data=\(disk)"], launcher: launcher)
        try await expectEnd(of: again, saying: nil, code: nil)
        try FileManager.default.removeItem(atPath: inside + "/filler")
        let roomy = try testnet.start(
            "v4", options: ["--set", "data=\(disk)"], launcher: launcher)
        #expect(try await testnet.catchesUp("v4", with: "v1") && roomy.process.isRunning)
        #expect(try await testnet.participates("v4"))
        try await testnet.send(SIGTERM, to: "v4")
        // What it said there must be known where it goes on.
        try FileManager.default.removeItem(atPath: data)
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        for name in ["chain.sqlite", "chain.sqlite.seal", "votes.mark"] {
            try FileManager.default.copyItem(
                atPath: "\(inside)/\(name)", toPath: "\(data)/\(name)")
        }
    }

    /// A process that keeps a small disk mounted at `disk`, with what is in `data` on it. Nobody else
    /// sees what is mounted; it is gone when its last process ends.
    private func smallDisk(at disk: String, holding data: String) -> Process {
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        holder.arguments = [
            "-m", "/bin/sh", "-c",
            """
            room=$(($(du -sk \(data) | cut -f 1) + 2048))
            mount -t tmpfs -o size=${room}k,mode=700 small \(disk) && cp -a \(data)/. \(disk)/ \
                && echo ready > \(disk)/ready && exec sleep 300
            """,
        ]
        return holder
    }

    /// Writes until there is no room.
    private func fill(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        for size in [65_536, 4_096, 512, 1] {
            let bytes = [UInt8](repeating: 1, count: size)
            while write(descriptor, bytes, size) > 0 {}
        }
    }

    private func expectEnd(
        of node: StartedNode, saying line: String?, code: Int32?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let hasEnded = try await node.ends(within: .seconds(60))
        let log = try node.log()
        try #require(
            hasEnded, "\(node.name) goes on: \(log.suffix(800))", sourceLocation: sourceLocation)
        let last = log.split(separator: "\n").last ?? ""
        #expect(node.process.terminationReason == .exit, sourceLocation: sourceLocation)
        if let line {
            #expect(last.contains(line), "\(log.suffix(800))", sourceLocation: sourceLocation)
        }
        if let code {
            #expect(
                node.process.terminationStatus == code, "\(last)", sourceLocation: sourceLocation)
        } else {
            #expect(node.process.terminationStatus != 0, sourceLocation: sourceLocation)
        }
    }
}
