import Console
import API
import ArgumentParser

extension BenchCommand {
    struct Nodes: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure the running nodes' memory, and their use of processors for a while.")

        @OptionGroup var place: DirectoryOptions

        @Option(help: "For how long, in seconds.")
        var seconds = 60

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            try check("--seconds", seconds, in: 1...86_400)
        }

        func run() throws {
            let testnet = try Testnet(place.directory())
            let running = testnet.running
            guard !running.isEmpty else {
                throw CommandFailure(.unreachable, "\(place.dir): no node runs")
            }
            let machine = Machine.this(storingIn: testnet.directory.path)
            let before = ProcessorTime(of: running.map(\.pid))
            Terminal.pause(milliseconds: UInt32(seconds) * 1_000)
            let after = ProcessorTime(of: running.map(\.pid))
            let loads = try running.map { running in
                guard let memory = ProcessMemory(of: running.pid) else {
                    throw CommandFailure(.failed, "\(running.node.name) has ended meanwhile")
                }
                return NodeLoad(
                    name: running.node.name, role: running.node.role, memory: memory,
                    processorPercent: after.share(of: running.pid, since: before))
            }
            let report = NodeLoadReport(
                loads: loads, seconds: seconds, machine: machine,
                build: try Machine.build(ofNodes: running.map(\.pid)),
                machineShare: after.machineShare(since: before))
            Terminal.say(json ? report.json.pretty : report.text)
        }
    }
}
