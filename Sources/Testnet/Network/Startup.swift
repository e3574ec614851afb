import Console

/// Starts a testnet's processes and waits until they are of use.
struct Startup {
    private var testnet: Testnet
    private let deadline: ContinuousClock.Instant
    private let timeoutSeconds: Int

    init(_ testnet: Testnet, timeoutSeconds: Int) {
        self.testnet = testnet
        self.timeoutSeconds = timeoutSeconds
        deadline = ContinuousClock.now.advanced(by: .seconds(timeoutSeconds))
    }

    /// Starts all that does not run, and returns when every node is ready and a block is final.
    ///
    /// Throws with the name of the node that failed and its last log lines; what was started then
    /// is stopped again.
    mutating func run() throws -> Testnet {
        let started = try testnet.start(testnet.processNames)
        Terminal.note("started \(started.count) processes")
        do {
            try waitUntilReady()
            try waitForBlock()
        } catch {
            try testnet.stop(started)
            throw error
        }
        return testnet
    }

    private func waitUntilReady() throws {
        var waiting = testnet.nodes
        var shown = -1
        while !waiting.isEmpty {
            try checkProcesses()
            waiting.removeAll(where: testnet.isReady)
            let ready = testnet.nodes.count - waiting.count
            if ready != shown {
                shown = ready
                Terminal.progress(
                    "ready \(ready)/\(testnet.nodes.count)", isLast: waiting.isEmpty)
            }
            guard let first = waiting.first else { return }
            guard ContinuousClock.now < deadline else {
                throw failure(
                    of: first.name, .late, "is not ready after \(timeoutSeconds) s")
            }
            Terminal.pause(milliseconds: 100)
        }
    }

    private func waitForBlock() throws {
        guard let node = testnet.nodes.first else { return }
        let client = try testnet.client(node)
        while true {
            try checkProcesses()
            if let height = try? client.height(), height > 0 {
                Terminal.note("block \(height) is final")
                return
            }
            guard ContinuousClock.now < deadline else {
                throw failure(
                    of: node.name, .late, "has no final block after \(timeoutSeconds) s")
            }
            Terminal.pause(milliseconds: 100)
        }
    }

    private func checkProcesses() throws {
        for name in testnet.processNames where testnet.process(name).pid == nil {
            throw failure(of: name, .failed, "has stopped")
        }
    }

    private func failure(
        of name: String, _ status: CommandFailure.Status, _ what: String
    ) -> CommandFailure {
        let lines = testnet.process(name).lastLogLines().map { "  " + $0 }
        let log = testnet.directory.log(name)
        return CommandFailure(
            status,
            (["\(name) \(what); the last lines of \(log):"] + lines).joined(separator: "\n"))
    }
}
