import Console
import FoundationEssentials
import Glibc
import Protocol

/// A testnet's directory: what lies where in it.
package struct TestnetDirectory {
    /// The directory's absolute path.
    package let path: String

    package init(_ path: String) throws {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard !path.hasPrefix("/") else {
            self.path = path
            return
        }
        let current = FileManager.default.currentDirectoryPath
        guard !current.isEmpty else {
            throw CommandFailure(.failed, "the working directory is gone")
        }
        self.path = current + "/" + path
    }

    package var genesis: String { path + "/genesis.json" }
    package var manifest: String { path + "/manifest.toml" }
    package var validator: String { path + "/ca/ca.pem" }
    package var validatorKey: String { path + "/ca/ca-key.pem" }
    /// The links that are worse than the machine's own, as they are now.
    package var links: String { path + "/links.json" }
    /// Where each pair of nodes' proxy listens; there only if the testnet has proxies.
    package var proxies: String { path + "/proxies.json" }

    package func node(_ name: String) -> String { "\(path)/\(name)" }
    package func configuration(_ name: String) -> String { "\(path)/\(name)/node.toml" }
    package func log(_ name: String) -> String { "\(path)/\(name)/log" }
    package func pidFile(_ name: String) -> String { "\(path)/\(name)/pid" }
    package func abi(_ contract: String) -> String { "\(path)/abi/\(contract).json" }

    /// Whether there is a testnet in it.
    package var isMade: Bool { access(path + "/endpoints.json", F_OK) == 0 }

    /// Makes the directory whole or not at all: `body` fills another one, which then gets its name.
    package func make<Result>(_ body: (TestnetDirectory) throws -> Result) throws -> Result {
        guard isFree else {
            throw CommandFailure(.failed, "\(path): holds something else; name another directory")
        }
        let suffix = Hexadecimal.encode(Bytes.random(count: 4))
        let site = try TestnetDirectory("\(path).\(suffix).new")
        do {
            let result = try body(site)
            rmdir(path)
            guard rename(site.path, path) == 0 else {
                throw CommandFailure(
                    .failed, "\(path): cannot be made: \(String(cString: strerror(errno)))")
            }
            return result
        } catch {
            site.remove()
            throw error
        }
    }

    /// Removes it with all that is in it.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Whether there is nothing at the path, or an empty directory.
    package var isFree: Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        return status.st_mode & S_IFMT == S_IFDIR
            && (try? FileManager.default.contentsOfDirectory(atPath: path)) == []
    }
}
