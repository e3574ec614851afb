import Protocol
import Peering

extension NodeConfiguration {
    /// Reads a node's file. Paths in it are relative to the file's own directory, and absolute in
    /// the result. Environment variables (`BUSBAR_P2P_LISTEN` for `p2p.listen`) and flags stand
    /// above it.
    package init(
        file path: String, overrides: SettingsOverrides = SettingsOverrides()
    ) throws(ConfigurationError) {
        let bytes = try ConfigurationError.read(path)
        try self.init(
            toml: String(decoding: bytes, as: UTF8.self), file: path, overrides: overrides)
    }

    /// Reads a node's settings from `text`, which came from `file`.
    package init(
        toml text: String, file: String, overrides: SettingsOverrides = SettingsOverrides()
    ) throws(ConfigurationError) {
        let blank = NodeConfiguration(
            name: "", role: .observer, dataDirectory: "", genesisFile: "", account: nil,
            tls: CertificateFiles.none, p2p: PeerSettings(listen: nil, peers: []))
        self = try SettingsTable(toml: text, file: file, overrides: overrides)
            .reading(Self.settings, over: blank)
    }

    /// The configuration as a file has it. It names the files of secrets, and holds none.
    package var toml: String { text(isCommented: false) }

    /// The configuration as a person wants to find it: each setting below what it is for.
    package var commentedTOML: String {
        """
        # One node. Paths are relative to this file. `busbar node --check --config FILE` reads this
        # and prints what takes effect; a key that does not exist is an error.


        """ + text(isCommented: true)
    }

    private func text(isCommented: Bool) -> String {
        var text = SettingsText(isCommented: isCommented)
        for setting in Self.settings { setting.write(self, &text) }
        return text.content
    }
}
