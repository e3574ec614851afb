import Client
import Console
import Keys
import Protocol

/// A household of a made chain.
struct GrowthHousehold {
    let account: PrivateKey
    let meter: PrivateKey
    var register: UInt64 = 0

    /// What the aggregator registers.
    func member(_ role: MemberRole) -> Member {
        Member(
            account: account.address, role: role, meterKey: meter.address,
            ratedPower: Watts(17_250), certificateHash: SHA256.hash(account.address.bytes))
    }
}

/// Whoever signs something in a made chain.
struct GrowthParties {
    let validators: [PrivateKey]
    let aggregator: PrivateKey
    let exchange: PrivateKey
    /// The measured household first.
    var sellers: [GrowthHousehold]
    /// The one that it trades with first.
    var buyers: [GrowthHousehold]

    /// The keys of `testnet`'s nodes, and those of `members` further households, who have no nodes.
    init(_ testnet: Testnet, members: Int) throws {
        func key(_ number: Int, _ use: UInt8) throws -> PrivateKey {
            let seed = [use] + UInt64(number).bigEndianBytes
            guard let key = PrivateKey(secret: Keccak256.hash(seed).bytes) else {
                throw CommandFailure(.failed, "no key for member \(number)")
            }
            return key
        }
        func household(_ node: EndpointsFile.Node) throws -> GrowthHousehold {
            let keys = testnet.directory.node(node.name) + "/keys/meter"
            return GrowthHousehold(
                account: try node.key(),
                meter: try Keystore.unlock(
                    file: keys + ".json", passwordFile: keys + ".password"))
        }
        func made(_ count: Int, _ use: UInt8) throws -> [GrowthHousehold] {
            try (0..<count).map {
                GrowthHousehold(account: try key($0, use), meter: try key($0, use + 1))
            }
        }
        let nodes = testnet.nodes(.household)
        guard nodes.count == 2, let aggregator = testnet.nodes(.aggregator).first,
            let exchange = testnet.nodes(.exchange).first
        else { throw CommandFailure(.failed, "the testnet lacks a node") }
        validators = try testnet.nodes(.validator).map { try $0.key() }
        self.aggregator = try aggregator.key()
        self.exchange = try exchange.key()
        sellers = [try household(nodes[0])] + (try made(members / 2, 1))
        buyers = [try household(nodes[1])] + (try made(members - members / 2, 3))
    }
}
