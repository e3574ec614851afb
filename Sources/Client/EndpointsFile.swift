import Console
import FoundationEssentials
package import Protocol
import Keys

/// `endpoints.json`: where everything of a testnet is. Programs start from this file.
package struct EndpointsFile: Codable {
    /// Where one node is.
    package struct Node: Codable {
        package var name: String
        package var role: String
        package var address: Address
        /// The process, or null while it does not run.
        package var pid: Int32?
        package var api: String
        package var rpc: String
        package var metrics: String
        package var p2p: String
        package var data: String
        package var log: String
        package var keystore: String
        package var passwordFile: String
        package var config: String

        package init(
            name: String, role: String, address: Address, api: String, rpc: String,
            metrics: String, p2p: String, data: String, log: String, keystore: String,
            passwordFile: String, config: String
        ) {
            self.name = name
            self.role = role
            self.address = address
            self.api = api
            self.rpc = rpc
            self.metrics = metrics
            self.p2p = p2p
            self.data = data
            self.log = log
            self.keystore = keystore
            self.passwordFile = passwordFile
            self.config = config
        }

        package enum CodingKeys: String, CodingKey {
            case name, role, address, pid, api, rpc, metrics, p2p, data, log, keystore
            case passwordFile, config
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(role, forKey: .role)
            try container.encode(address.checksummed, forKey: .address)
            // Null rather than absent: each node has every key.
            try container.encode(pid, forKey: .pid)
            try container.encode(api, forKey: .api)
            try container.encode(rpc, forKey: .rpc)
            try container.encode(metrics, forKey: .metrics)
            try container.encode(p2p, forKey: .p2p)
            try container.encode(data, forKey: .data)
            try container.encode(log, forKey: .log)
            try container.encode(keystore, forKey: .keystore)
            try container.encode(passwordFile, forKey: .passwordFile)
            try container.encode(config, forKey: .config)
        }
    }

    package var chainId: UInt64
    /// The certificate to trust, a file.
    package var ca: String
    /// Each native contract's address by its name.
    package var contracts: [String: String]
    /// Each native contract's ABI file by its name.
    package var abi: [String: String]
    package var nodes: [Node]

    /// Reads `directory`'s file.
    package init(directory: String) throws {
        let path = directory + "/endpoints.json"
        do {
            self = try JSONDecoder().decode(
                EndpointsFile.self, from: Data(try DurableFile.read(at: path)))
        } catch FileError.missing {
            throw CommandFailure(
                .unreachable, "\(directory): there is no testnet; make one with cluster/up")
        } catch {
            throw CommandFailure(.failed, "\(path): is no list of endpoints: \(error)")
        }
    }

    package init(
        chainId: UInt64, ca: String, contracts: [String: String], abi: [String: String],
        nodes: [Node]
    ) {
        self.chainId = chainId
        self.ca = ca
        self.contracts = contracts
        self.abi = abi
        self.nodes = nodes
    }

    /// Writes `directory`'s file; readers see the old one or the new one.
    package func write(directory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(self)) + [10]
        try DurableFile.write(bytes, to: directory + "/endpoints.json", readableBy: .everyone)
    }

    /// The node called `name`.
    package func node(_ name: String) throws -> Node {
        guard let node = nodes.first(where: { $0.name == name }) else {
            let names = nodes.map(\.name).joined(separator: ", ")
            throw CommandFailure(.failed, "there is no node \"\(name)\"; there are \(names)")
        }
        return node
    }

    /// The node's name for `account`, or the address itself.
    package func name(of account: Address) -> String {
        nodes.first { $0.address == account }?.name ?? account.checksummed
    }
}
