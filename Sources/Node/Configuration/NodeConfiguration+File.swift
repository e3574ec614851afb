import Protocol
import Peering
package import Keys

extension NodeConfiguration {
    /// Reads a node's file. Paths in it are relative to the file's own directory, and absolute in
    /// the result. Environment variables (`BUSBAR_P2P_LISTEN` for `p2p.listen`) and flags stand
    /// above it.
    package init(
        file path: String, overrides: SettingsOverrides = SettingsOverrides()
    ) throws(ConfigurationError) {
        let bytes: Bytes
        do throws(FileError) {
            bytes = try DurableFile.read(at: path)
        } catch {
            throw ConfigurationError(source: path, problem: error.withoutPath)
        }
        try self.init(
            toml: String(decoding: bytes, as: UTF8.self), file: path, overrides: overrides)
    }

    /// Reads a node's settings from `text`, which came from `file`.
    package init(
        toml text: String, file: String, overrides: SettingsOverrides = SettingsOverrides()
    ) throws(ConfigurationError) {
        let settings = try SettingsTable(toml: text, file: file, overrides: overrides)
        let paths = RelativePaths(toFile: file)
        try self.init(general: settings, paths: paths)
        api = try Self.api(settings.table("api"), paths)
        rpc = try Self.local(settings.table("rpc"), port: 8_545)
        metrics = try Self.local(settings.table("metrics"), port: 9_545)
        let log = try settings.table("log")
        logLevel = try log.choice("level", default: .info)
        try log.end()
        try readRole(settings, paths)
        faults = try InjectedFaults(settings)
        try settings.end()
    }

    private init(
        general settings: SettingsTable, paths: RelativePaths
    ) throws(ConfigurationError) {
        let role: NodeRole = try settings.choice("role")
        self.init(
            name: try settings.requiredText("name"), role: role,
            dataDirectory: paths.resolve(try settings.requiredText("data")),
            genesisFile: paths.resolve(try settings.requiredText("genesis")),
            account: try Self.keys(
                settings.table("account"), paths, isRequired: role != .observer),
            tls: try Self.certificate(settings.table("tls"), paths),
            p2p: try Self.peers(settings.table("p2p")))
        guard name.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }) else {
            throw settings.error("name", "may have no spaces, slashes or accents")
        }
    }

    private static func keys(
        _ settings: SettingsTable, _ paths: RelativePaths, isRequired: Bool
    ) throws(ConfigurationError) -> KeyFiles? {
        guard settings.isPresent || isRequired else { return nil }
        let keys = try keyFiles(settings, paths)
        try settings.end()
        return keys
    }

    /// The two keys that name a keystore.
    static func keyFiles(
        _ settings: SettingsTable, _ paths: RelativePaths
    ) throws(ConfigurationError) -> KeyFiles {
        KeyFiles(
            keystore: paths.resolve(try settings.requiredText("keystore")),
            passwordFile: paths.resolve(try settings.requiredText("password_file")))
    }

    private static func certificate(
        _ settings: SettingsTable, _ paths: RelativePaths
    ) throws(ConfigurationError) -> CertificateFiles {
        let files = CertificateFiles(
            certificate: paths.resolve(try settings.requiredText("certificate")),
            key: paths.resolve(try settings.requiredText("key")))
        try settings.end()
        return files
    }

    private static func peers(
        _ settings: SettingsTable
    ) throws(ConfigurationError) -> PeerSettings {
        let peers = PeerSettings(
            listen: try settings.endpoint("listen"),
            advertised: try settings.endpoint("advertised"),
            peers: try settings.endpoints("peers"),
            links: try settings.number("links", in: 1...64, default: 4))
        try settings.end()
        guard peers.listen != nil || !peers.peers.isEmpty else {
            throw settings.error("peers", "is empty, and without p2p.listen nobody can dial in")
        }
        return peers
    }

    private static func api(
        _ settings: SettingsTable, _ paths: RelativePaths
    ) throws(ConfigurationError) -> APISettings? {
        guard settings.isPresent else { return nil }
        let listen = try settings.endpoint("listen") ?? Endpoint(host: "127.0.0.1", port: 8_443)
        return APISettings(listen: listen, tls: try certificate(settings, paths))
    }

    /// A plain http port, which never leaves the machine.
    private static func local(
        _ settings: SettingsTable, port: Int
    ) throws(ConfigurationError) -> Endpoint? {
        guard settings.isPresent else { return nil }
        let listen = try settings.endpoint("listen") ?? Endpoint(host: "127.0.0.1", port: port)
        try settings.end()
        let isLoopback =
            listen.host == "localhost" || listen.host == "::1" || listen.host.hasPrefix("127.")
        guard isLoopback else {
            throw settings.error(
                "listen", "\(listen) would send plain http over the network; use 127.0.0.1")
        }
        return listen
    }
}

/// How a file's relative paths are meant: from the file's own directory.
package struct RelativePaths {
    private let directory: String

    package init(toFile file: String) {
        if let slash = file.lastIndex(of: "/") {
            directory = String(file[...slash])
        } else {
            directory = ""
        }
    }

    /// The path, from the process's working directory or absolute.
    package func resolve(_ path: String) -> String {
        path.hasPrefix("/") ? path : directory + path
    }
}

extension FileError {
    /// The description without the path in front, for messages that begin with it.
    package var withoutPath: String {
        let text = description
        return text.firstRange(of: ": ").map { String(text[$0.upperBound...]) } ?? text
    }
}
