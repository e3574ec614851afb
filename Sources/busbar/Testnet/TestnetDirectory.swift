import Glibc
import Node
import Keys

/// A testnet's directory: what lies where in it.
struct TestnetDirectory {
    /// The directory's absolute path.
    let path: String

    /// Takes a path from the working directory.
    init(_ path: String) throws {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard !path.hasPrefix("/") else {
            self.path = path
            return
        }
        guard let current = getcwd(nil, 0) else {
            throw CommandFailure(.failed, "the working directory is gone")
        }
        defer { free(current) }
        self.path = String(cString: current) + "/" + path
    }

    var genesis: String { path + "/genesis.json" }
    var manifest: String { path + "/manifest.toml" }
    var validator: String { path + "/ca/ca.pem" }
    var validatorKey: String { path + "/ca/ca-key.pem" }
    /// The links that are worse than the machine's own, as they are now.
    var links: String { path + "/links.json" }
    /// Where each pair of nodes' proxy listens; there only if the testnet has proxies.
    var proxies: String { path + "/proxies.json" }

    func node(_ name: String) -> String { "\(path)/\(name)" }
    func configuration(_ name: String) -> String { "\(path)/\(name)/node.toml" }
    func log(_ name: String) -> String { "\(path)/\(name)/log" }
    func pidFile(_ name: String) -> String { "\(path)/\(name)/pid" }
    func abi(_ contract: String) -> String { "\(path)/abi/\(contract).json" }

    /// Whether there is a testnet in it.
    var isMade: Bool { access(path + "/endpoints.json", F_OK) == 0 }

    /// Whether there is nothing at the path, or an empty directory.
    var isFree: Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        return status.st_mode & S_IFMT == S_IFDIR && FileTree.names(in: path).isEmpty
    }
}
