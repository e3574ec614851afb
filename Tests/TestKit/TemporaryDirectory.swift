import Foundation

/// A new directory, for its owner alone, that is gone once this is let go of.
///
/// A process that traps or is killed leaves its directories; the next one that makes some removes
/// them.
package final class TemporaryDirectory: Sendable {
    package let path: String

    private static let prefix = "busbar-test-"
    private static let isSwept: Void = sweep()

    package init() throws {
        _ = Self.isSwept
        path = NSTemporaryDirectory() + Self.prefix + "\(getpid())-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    deinit {
        // What someone still writes to is left to the next process.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The ledger of a node that keeps it here.
    package var database: String { path + "/chain.sqlite" }

    /// Removes what processes left that are no more.
    private static func sweep() {
        let place = NSTemporaryDirectory()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let digits = name.dropFirst(prefix.count).prefix { $0.isNumber }
            guard let owner = pid_t(digits), kill(owner, 0) == -1, errno == ESRCH else { continue }
            try? FileManager.default.removeItem(atPath: place + name)
        }
    }
}

/// Hands `body` a new directory, gone when it returns or throws.
package func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let directory = try TemporaryDirectory()
    return try withExtendedLifetime(directory) { try body(directory.path) }
}

/// Hands `body` a new directory, gone when it returns or throws.
package func withTemporaryDirectory<Result>(
    _ body: (String) async throws -> Result
) async throws -> Result {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    return try await body(directory.path)
}

/// The permission bits of what stands at `path`.
package func permissions(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
}
