import Client
import Console
import Foundation
import Glibc
import Storage

/// Measures how fast a node of a running testnet takes over the chain that the others have.
struct CatchUpBench {
    /// The node that begins with nothing, as often as it is measured.
    let node: EndpointsFile.Node
    let repetitions: Int
    /// After how many seconds it counts as stuck.
    let timeout: Int
    private(set) var testnet: Testnet

    init(
        of node: EndpointsFile.Node, times repetitions: Int, timeout: Int, in testnet: Testnet
    ) throws {
        guard testnet.process(node.name).pid != nil else {
            throw CommandFailure(.unreachable, "\(node.name) does not run")
        }
        self.node = node
        self.repetitions = repetitions
        self.timeout = timeout
        self.testnet = testnet
    }

    /// The node's own files lie there meanwhile.
    private var aside: String { node.data + ".aside" }

    /// Measures; whatever happens, the node runs again with the files that it had.
    mutating func run() throws -> CatchUpReport {
        let machine = Machine.this(storingIn: testnet.directory.path)
        let limits = try MachineLimits.measure(in: testnet.directory.path)
        try testnet.stop([node.name])
        guard rename(node.data, aside) == 0 else {
            throw CommandFailure(.failed, "\(aside): \(String(cString: strerror(errno)))")
        }
        let result = Result { try measure() }
        let (runs, build) = try result.get(after: { try restore() })
        return CatchUpReport(
            node: node, runs: runs, limits: limits, machine: machine, build: build)
    }

    private mutating func restore() throws {
        try testnet.stop([node.name])
        if FileManager.default.fileExists(atPath: node.data) {
            try FileManager.default.removeItem(atPath: node.data)
        }
        try FileManager.default.moveItem(atPath: aside, toPath: node.data)
        try testnet.startAgain([node.name])
    }

    private mutating func measure() throws -> (runs: [CatchUpReport.Run], build: String) {
        var runs: [CatchUpReport.Run] = []
        var build = ""
        for number in 1...repetitions {
            try testnet.stop([node.name])
            if FileManager.default.fileExists(atPath: node.data) {
                try FileManager.default.removeItem(atPath: node.data)
            }
            try FileManager.default.createDirectory(
                atPath: node.data, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            let (run, pid) = try catchUp()
            build = try Machine.build(ofNodes: [pid])
            runs.append(run)
            Terminal.progress("run \(number)/\(repetitions)", isLast: number == repetitions)
        }
        return (runs, build)
    }

    /// Starts the node and waits until it has the block that the others have now.
    private mutating func catchUp() throws -> (CatchUpReport.Run, pid_t) {
        let goal = testnet.running.compactMap { testnet.height(of: $0.node) }.max() ?? 0
        guard goal > 0 else { throw CommandFailure(.failed, "there is no block to catch up to") }
        let began = ContinuousClock.now
        _ = try testnet.start([node.name])
        guard let pid = testnet.process(node.name).pid else {
            throw CommandFailure(.failed, "\(node.name) has ended at once")
        }
        let (first, height) = try wait(for: 1, since: began)
        let (last, _) = try wait(for: goal, since: began)
        let processor = Double(ProcessorTime.nanoseconds(of: pid)) / 1_000_000_000
        return (
            CatchUpReport.Run(
                startSeconds: (first - began) / .seconds(1), seconds: (last - first) / .seconds(1),
                processorSeconds: processor,
                transactions: try TransactionCount.read(directory: node.data, after: 0),
                transactionsAfterFirst: try TransactionCount.read(
                    directory: node.data, after: height), blocks: goal),
            pid
        )
    }

    /// When the node first shows `goal` or more, and what it shows then.
    private func wait(
        for goal: UInt64, since began: ContinuousClock.Instant
    ) throws -> (ContinuousClock.Instant, UInt64) {
        while true {
            if let height = testnet.height(of: node), height >= goal { return (.now, height) }
            let process = testnet.process(node.name)
            guard process.pid != nil, began.duration(to: .now) < .seconds(timeout) else {
                throw CommandFailure(
                    .failed,
                    (["\(node.name) does not catch up:"] + process.lastLogLines())
                        .joined(separator: "\n"))
            }
            Terminal.pause(milliseconds: 20)
        }
    }
}
