import API
import Console
import FoundationEssentials
package import Protocol
import Keys

/// `endpoints.json`: where everything of a testnet is. Programs start from this file.
package struct EndpointsFile: Decodable {
    /// Where one node is.
    package struct Node: Decodable {
        package var name: String
        package var role: String
        package var address: Address
        /// The process, or null while it does not run.
        package var pid: Int32?
        package var api: String
        /// The certificate that its API shows, a file.
        package var apiCertificate: String
        /// Its app's pages, for a browser of this machine.
        package var app: String
        package var rpc: String
        package var metrics: String
        package var p2p: String
        package var data: String
        package var log: String
        package var keystore: String
        package var passwordFile: String
        package var config: String

        package init(
            name: String, role: String, address: Address, api: String, apiCertificate: String,
            app: String, rpc: String, metrics: String, p2p: String, data: String, log: String,
            keystore: String, passwordFile: String, config: String
        ) {
            self.name = name
            self.role = role
            self.address = address
            self.api = api
            self.apiCertificate = apiCertificate
            self.app = app
            self.rpc = rpc
            self.metrics = metrics
            self.p2p = p2p
            self.data = data
            self.log = log
            self.keystore = keystore
            self.passwordFile = passwordFile
            self.config = config
        }

        /// The key of its account.
        package func key() throws -> PrivateKey {
            try Keystore.unlock(file: keystore, passwordFile: passwordFile)
        }

        /// The way to its API.
        package func http(timeoutSeconds: Int = 10) throws -> PinnedHTTP {
            try PinnedHTTP(url: api, certificate: apiCertificate, timeoutSeconds: timeoutSeconds)
        }

        /// Asks it by way of its API.
        package func client(timeoutSeconds: Int = 10) throws -> NodeClient {
            NodeClient(try http(timeoutSeconds: timeoutSeconds), name: name)
        }

        /// Each node has every key.
        fileprivate var json: JSON {
            [
                "name": .string(name), "role": .string(role),
                "address": .string(address.checksummed), "pid": pid.map { .number($0) } ?? .null,
                "api": .string(api), "apiCertificate": .string(apiCertificate),
                "app": .string(app), "rpc": .string(rpc), "metrics": .string(metrics),
                "p2p": .string(p2p),
                "data": .string(data), "log": .string(log),
                "keystore": .string(keystore), "passwordFile": .string(passwordFile),
                "config": .string(config),
            ]
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

    package init(directory: String) throws {
        let path = directory + "/endpoints.json"
        do {
            self = try JSONDecoder().decode(
                EndpointsFile.self, from: Data(try DurableFile.readOwn(at: path)))
        } catch FileError.missing {
            throw CommandFailure(
                .unreachable, "\(directory): there is no testnet; make one with cluster/up")
        } catch FileError.foreign(_, let owner) {
            throw CommandFailure(
                .failed,
                "\(directory): was made by another user of this machine (\(owner)), who could have "
                    + "you sign for another chain; make a testnet of your own with --dir")
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
        func object(_ texts: [String: String]) -> JSON {
            .object(texts.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) })
        }
        let file: JSON = [
            "chainId": .number(chainId), "ca": .string(ca), "contracts": object(contracts),
            "abi": object(abi), "nodes": .array(nodes.map(\.json)),
        ]
        let bytes = Array((file.pretty + "\n").utf8)
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
