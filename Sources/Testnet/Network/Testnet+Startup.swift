import Client
import Console

extension Testnet {
    /// Starts all that does not run, and returns when every node is ready and a block is final.
    ///
    /// Throws with the name of the node that failed and its last log lines; what was started then
    /// is stopped again.
    mutating func startUp(timeoutSeconds: Int) throws {
        let started = try start(processNames)
        Terminal.note("started \(started.count) processes")
        let deadline = ContinuousClock.now.advanced(by: .seconds(timeoutSeconds))
        do {
            var waiting = nodes
            var shown = -1
            try wait(until: deadline, "is not ready after \(timeoutSeconds) s") {
                waiting.removeAll(where: isReady)
                let ready = nodes.count - waiting.count
                if ready != shown {
                    Terminal.progress("ready \(ready)/\(nodes.count)", isLast: waiting.isEmpty)
                }
                shown = ready
                return waiting.first
            }
            try wait(until: deadline, "has no final block after \(timeoutSeconds) s") {
                guard let node = nodes.first else { return nil }
                guard let height = try? client(node).height(), height > 0 else { return node }
                Terminal.note("block \(height) is final")
                return nil
            }
        } catch {
            try stop(started)
            throw error
        }
    }

    /// Starts whatever of `names` does not run, and returns when each of them answers.
    mutating func startAgain(_ names: [String]) throws {
        for name in try start(names) {
            let node = try endpoints.node(name)
            let deadline = ContinuousClock.now.advanced(by: .seconds(60))
            while height(of: node) == nil {
                guard process(name).pid != nil else {
                    throw failure(of: name, .failed, "has stopped")
                }
                guard ContinuousClock.now < deadline else {
                    throw failure(of: name, .late, "does not answer after 60 s")
                }
                Terminal.pause(milliseconds: 20)
            }
        }
    }

    /// Looks again and again until nobody is named by `lacking`; throws where a process ends first,
    /// and with `lateness` of whoever is named at the `deadline`.
    private func wait(
        until deadline: ContinuousClock.Instant, _ lateness: String,
        _ lacking: () -> EndpointsFile.Node?
    ) throws {
        while true {
            for name in processNames where process(name).pid == nil {
                throw failure(of: name, .failed, "has stopped")
            }
            guard let node = lacking() else { return }
            guard ContinuousClock.now < deadline else {
                throw failure(of: node.name, .late, lateness)
            }
            Terminal.pause(milliseconds: 100)
        }
    }

    private func failure(
        of name: String, _ status: CommandFailure.Status, _ what: String
    ) -> CommandFailure {
        let lines = process(name).lastLogLines().map { "  " + $0 }
        let log = directory.log(name)
        return CommandFailure(
            status,
            (["\(name) \(what); the last lines of \(log):"] + lines).joined(separator: "\n"))
    }
}
