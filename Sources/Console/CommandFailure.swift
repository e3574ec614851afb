package import ArgumentParser

/// Why a command did not do what it was asked for; with the exit code that programs may read.
package struct CommandFailure: Error, CustomStringConvertible {
    /// How a command ends. `busbar --help` documents the codes.
    package enum Status: Int32 {
        /// Something did not work.
        case failed = 1
        /// The ledger or the node refused the transaction or the question.
        case refused = 2
        /// The node or the testnet cannot be reached.
        case unreachable = 3
        /// What was waited for did not come in time.
        case late = 4
        /// A check found something that is not as it must be.
        case unsound = 5
        /// A disk is full.
        case full = 6
        /// The node's file, its keys or its certificates are wrong.
        case misconfigured = 7
    }

    package let status: Status
    package let description: String
    /// The name of the reason for which a node refused a transaction; nil for everything else.
    package let reason: String?

    package init(_ status: Status = .failed, _ description: String, reason: String? = nil) {
        self.status = status
        self.description = description
        self.reason = reason
    }
}

extension ParsableCommand {
    /// Does what the command line says. What a command throws is one line on standard error and the
    /// exit code that belongs to it; what is wrong with the command line, the parser tells itself.
    package static func perform() async {
        ProcessSecrecy.begin()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .failure, !(error is ExitCode) else {
                exit(withError: error)
            }
            Terminal.complain("\(error)")
            let status = (error as? CommandFailure)?.status ?? .failed
            exit(withError: ExitCode(status.rawValue))
        }
    }
}

extension ParsableArguments {
    /// Refuses a command line on which `option` says what is not in `range`.
    package func check<Value: BinaryInteger>(
        _ option: String, _ value: Value?, in range: ClosedRange<Value>
    ) throws {
        guard value.map(range.contains) ?? true else {
            throw ValidationError(
                "\(option) must be from \(range.lowerBound) to \(range.upperBound).")
        }
    }
}
