package import Logging
package import Market
package import Peering
package import Protocol

/// What a node is for.
package enum NodeRole: String, Hashable, Sendable, CaseIterable {
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
package struct NodeConfiguration: Hashable, Sendable {
    /// The node's name, in logs and tables.
    package var name: String
    /// What it is for.
    package var role: NodeRole
    /// The directory that it keeps its ledger in, of its own.
    package var dataDirectory: String
    /// The file with the chain's parameters and first members (JSON).
    package var genesisFile: String
    /// The account's key; an observer may have none.
    package var account: KeyFiles?
    /// The certificate by which other nodes know it.
    package var tls: CertificateFiles
    /// How it meets other nodes.
    package var p2p: PeerSettings
    /// Where people's programs reach it; nil for nowhere.
    package var api: APISettings?
    /// The household's app, for people; nil for none.
    package var app: AppConfiguration?
    /// Where Ethereum's clients reach it, on the machine itself; nil for nowhere.
    package var rpc: Endpoint?
    /// Where metrics and health are read; nil for nowhere.
    package var metrics: Endpoint?
    /// The least serious kind of line that goes to the log.
    package var logLevel: Logger.Level
    /// The smart meter; households have one.
    package var meter: MeterConfiguration?
    /// What a household wants; of that role alone.
    package var household: HouseholdSettings?
    /// How an aggregator works; of that role alone.
    package var aggregator: AggregatorConfiguration?
    /// What an exchange mints when it first starts; of that role alone.
    package var exchange: Exchange.InitialMint?
    /// What is wrong with it on purpose.
    package var faults = InjectedFaults()

    /// Puts a configuration together that has neither API nor a role's own settings.
    package init(
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
package struct KeyFiles: Hashable, Sendable {
    /// The keystore (Web3 Secret Storage, version 3).
    package var keystore: String
    /// The file with its password.
    package var passwordFile: String
}

/// Where a certificate and its key lie.
package struct CertificateFiles: Hashable, Sendable {
    /// The certificate, in PEM.
    package var certificate: String
    /// Its private key, in PEM.
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// How a node meets others.
package struct PeerSettings: Hashable, Sendable {
    /// Where it listens; nil for a node that only dials out.
    package var listen: Endpoint?
    /// Where others may dial it, as it tells every peer; nil if it tells nobody.
    package var advertised: Endpoint?
    /// Nodes to dial, the most wanted first: for a household its aggregator.
    package var peers: [Endpoint]
    /// How many links a node that is no validator keeps.
    package var links: Int
    /// How many connections its port takes; nil for as many as all members can need.
    package var connections: Int?

    package init(
        listen: Endpoint?, advertised: Endpoint? = nil, peers: [Endpoint], links: Int = 4
    ) {
        self.listen = listen
        self.advertised = advertised
        self.peers = peers
        self.links = links
    }
}

/// The app of the people who live with a node.
package struct AppConfiguration: Hashable, Sendable {
    /// Where it is, over plain http: on the machine itself. The API's port has it too, over https.
    package var listen: Endpoint
    /// The time zone that the household's days are in.
    package var timeZone: String
    /// What the supplier pays and asks for a kilowatt-hour; nil if nobody knows.
    package var feedInTariff: TokenAmount?
    package var retailTariff: TokenAmount?

    package init(listen: Endpoint, timeZone: String = "UTC") {
        self.listen = listen
        self.timeZone = timeZone
    }
}

/// Where people's programs reach a node, over https.
package struct APISettings: Hashable, Sendable {
    /// Where it listens.
    package var listen: Endpoint
    /// The certificate that browsers and programs see.
    package var tls: CertificateFiles
    /// The names and addresses by which it may be called, besides where it listens and those of the
    /// machine itself.
    package var names: [String]

    package init(listen: Endpoint, tls: CertificateFiles, names: [String] = []) {
        self.listen = listen
        self.tls = tls
        self.names = names
    }

    /// All by which it may be called, as a browser writes it: what is named, before where it listens.
    package var hosts: [String] {
        (names + [listen.host]).map { $0.contains(":") && !$0.hasPrefix("[") ? "[\($0)]" : $0 }
    }
}
