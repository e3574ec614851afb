public import Peering
import Protocol

/// What a node is for.
public enum NodeRole: String, Hashable, Sendable, CaseIterable {
    /// Proposes blocks and votes on them.
    case validator
    /// Registers members, sells tokens, proves delivery.
    case aggregator
    /// Holds a household's wallet and meter.
    case household
    /// Mints and redeems tokens.
    case exchange
    /// Holds and checks the ledger, no more.
    case observer
}

/// Everything that one node is told when it starts: one TOML file a node.
public struct NodeConfiguration: Hashable, Sendable {
    /// The node's name, in logs and tables.
    public var name: String
    /// What it is for.
    public var role: NodeRole
    /// The directory that it keeps its ledger in, of its own.
    public var dataDirectory: String
    /// The file with the chain's parameters and first members (JSON).
    public var genesisFile: String
    /// The account's key; an observer may have none.
    public var account: KeyFiles?
    /// The certificate by which other nodes know it.
    public var tls: CertificateFiles
    /// How it meets other nodes.
    public var p2p: PeerSettings
    /// Where people's programs reach it; nil for nowhere.
    public var api: APISettings?
    /// Where Ethereum's clients reach it, on the machine itself; nil for nowhere.
    public var rpc: Endpoint?
    /// Where metrics and health are read; nil for nowhere.
    public var metrics: Endpoint?
    /// The least serious kind of line that goes to the log.
    public var logLevel: LogLevel
    /// The smart meter; households have one.
    public var meter: MeterConfiguration?
    /// What a household wants; of that role alone.
    public var household: HouseholdConfiguration?
    /// How an aggregator works; of that role alone.
    public var aggregator: AggregatorConfiguration?
    /// How an exchange works; of that role alone.
    public var exchange: ExchangeConfiguration?
    /// What is wrong with it on purpose.
    public var faults = InjectedFaults()

    /// Puts a configuration together that has neither API nor a role's own settings.
    public init(
        name: String, role: NodeRole, dataDirectory: String, genesisFile: String,
        account: KeyFiles?, tls: CertificateFiles, p2p: PeerSettings
    ) {
        self.name = name
        self.role = role
        self.dataDirectory = dataDirectory
        self.genesisFile = genesisFile
        self.account = account
        self.tls = tls
        self.p2p = p2p
        logLevel = .info
    }
}

/// Where a private key lies.
public struct KeyFiles: Hashable, Sendable {
    /// The keystore (Web3 Secret Storage, version 3).
    public var keystore: String
    /// The file with its password.
    public var passwordFile: String

    /// Names both files.
    public init(keystore: String, passwordFile: String) {
        self.keystore = keystore
        self.passwordFile = passwordFile
    }
}

/// Where a certificate and its key lie.
public struct CertificateFiles: Hashable, Sendable {
    /// The certificate, in PEM.
    public var certificate: String
    /// Its private key, in PEM.
    public var key: String

    /// Names both files.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// How a node meets others.
public struct PeerSettings: Hashable, Sendable {
    /// Where it listens; nil for a node that only dials out.
    public var listen: Endpoint?
    /// Where others may dial it, as it tells every peer; nil if it tells nobody.
    public var advertised: Endpoint?
    /// Nodes to dial, the most wanted first: for a household its aggregator.
    public var peers: [Endpoint]
    /// How many links a node that is no validator keeps.
    public var links: Int

    /// Puts the settings together.
    public init(
        listen: Endpoint?, advertised: Endpoint? = nil, peers: [Endpoint], links: Int = 4
    ) {
        self.listen = listen
        self.advertised = advertised
        self.peers = peers
        self.links = links
    }
}

/// Where people's programs reach a node, over https.
public struct APISettings: Hashable, Sendable {
    /// Where it listens.
    public var listen: Endpoint
    /// The certificate that browsers and programs see.
    public var tls: CertificateFiles

    /// Puts the settings together.
    public init(listen: Endpoint, tls: CertificateFiles) {
        self.listen = listen
        self.tls = tls
    }
}

/// How serious a line in the log is.
public enum LogLevel: String, Hashable, Sendable, CaseIterable {
    /// Each step.
    case trace
    /// What helps to find a mistake.
    case debug
    /// What a person may want to know.
    case info
    /// What is unusual, but in order.
    case notice
    /// What may be wrong.
    case warning
    /// What is wrong.
    case error
}
