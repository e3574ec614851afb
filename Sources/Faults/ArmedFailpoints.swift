#if DEBUG
    import Glibc
    import Synchronization

    /// One failpoint with what it is to do, and at which pass.
    struct ArmedFailpoint: Hashable, Sendable {
        enum Action: String, Sendable, CaseIterable {
            /// End the process at once, by SIGKILL.
            case kill
            /// Throw, as if the disk had failed.
            case error
        }

        let point: Failpoint
        let action: Action
        /// How many times it is still passed before it acts, the acting one included.
        var countdown: Int

        /// Reads `NAME=ACTION` or `NAME=ACTION@PASS`.
        init(_ text: Substring) throws(FailpointError) {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw FailpointError(reason: "\"\(text)\" is not NAME=ACTION or NAME=ACTION@PASS")
            }
            guard let point = Failpoint(rawValue: String(parts[0])) else {
                throw FailpointError(
                    reason: "there is no failpoint \"\(parts[0])\"; "
                        + "'busbar node --failpoints' lists them")
            }
            let words = parts[1].split(separator: "@", maxSplits: 1)
            guard let word = words.first, let action = Action(rawValue: String(word)) else {
                throw FailpointError(reason: "\"\(parts[1])\" is neither kill nor error")
            }
            let pass = words.count == 2 ? Int(words[1]) : 1
            guard let pass, pass > 0 else {
                throw FailpointError(reason: "\"\(parts[1])\" names no pass from 1 on")
            }
            self.point = point
            self.action = action
            countdown = pass
        }

        /// Reads several, separated by commas.
        static func list(_ text: String) throws(FailpointError) -> [ArmedFailpoint] {
            var list: [ArmedFailpoint] = []
            for part in text.split(separator: ",") { list.append(try ArmedFailpoint(part)) }
            return list
        }
    }

    /// The process's armed failpoints.
    enum ArmedFailpoints {
        // A text that cannot be read arms nothing; the node refuses it before it comes here.
        private static let armed = Mutex(
            (try? getenv(Failpoint.variable).map { try ArmedFailpoint.list(String(cString: $0)) })
                ?? [])

        static func pass(_ point: Failpoint) throws(InjectedFault) {
            let action: ArmedFailpoint.Action? = armed.withLock { armed in
                guard let index = armed.firstIndex(where: { $0.point == point }) else {
                    return nil
                }
                armed[index].countdown -= 1
                return armed[index].countdown == 0 ? armed[index].action : nil
            }
            switch action {
            case nil: return
            case .error: throw InjectedFault(point: point)
            case .kill: die(at: point)
            }
        }

        private static func die(at point: Failpoint) -> Never {
            let line = Array("failpoint \(point.rawValue): killed\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            kill(getpid(), SIGKILL)
            while true { pause() }
        }
    }
#endif
