import Foundation
import Keys
import Ledger
import Logging
import Peering
import Protocol
import Replica
import Storage
import Testing

@testable import Node

/// What a start makes of a directory, and what it leaves there. The node is made and not run.
@Suite struct `The start of a validator's node` {
    /// A validator's directory, gone when this is let go of.
    private final class Place: Sendable {
        let path: String
        let account: PrivateKey
        let certificate: Hash32

        init() throws {
            path = NSTemporaryDirectory() + "busbar-start-" + UUID().uuidString
            for folder in ["", "/keys", "/tls", "/data"] {
                try DurableFile.makePrivateDirectory(at: path + folder)
            }
            account = try MemberKey.account.make(in: path)
            let made = try NodeCertificate(selfSigned: CertificateSubject(commonName: "v1"))
            certificate = made.fingerprint
            try made.write(
                certificateFile: path + "/tls/node.pem", keyFile: path + "/tls/node-key.pem")
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var mark: NeverVotedMark { NeverVotedMark(keystore: path + "/keys/account.json") }

        func genesis(certificate: Hash32) -> Genesis {
            let start = Timestamp(milliseconds: 1_700_000_000_000)
            return Genesis(
                chainID: 99, name: "Start", timestamp: start,
                marketClock: MarketClock(
                    origin: MarketTime(seconds: 1_000), ledgerOrigin: start, rate: 1),
                members: [
                    Member(
                        account: account.address, role: .validator, meterKey: .zero,
                        ratedPower: Watts(0), certificateHash: certificate)
                ])
        }

        /// Makes its node; what is in its store then.
        func start(certificate: Hash32? = nil) async throws -> LoadedChain {
            try GenesisFile.write(
                genesis(certificate: certificate ?? self.certificate), to: path + "/genesis.json")
            let node = try await Node(
                NodeConfiguration(
                    name: "v1", role: .validator, dataDirectory: path + "/data",
                    genesisFile: path + "/genesis.json",
                    account: KeyFiles(
                        keystore: path + "/" + MemberKey.account.files.keystore,
                        passwordFile: path + "/" + MemberKey.account.files.passwordFile),
                    tls: CertificateFiles(
                        certificate: path + "/tls/node.pem", key: path + "/tls/node-key.pem"),
                    p2p: PeerSettings(
                        listen: Endpoint(host: "127.0.0.1", port: 0), advertised: nil, peers: [])),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let loaded = try await node.store.load()
            try node.store.close()
            try await node.group.shutdownGracefully()
            return loaded
        }

        func empty() throws {
            try FileManager.default.removeItem(atPath: path + "/data")
            try DurableFile.makePrivateDirectory(at: path + "/data")
        }
    }

    @Test func `takes the mark of a new key once, and stores what it is worth first`() async throws
    {
        let place = try Place()
        try place.mark.make()
        let first = try await place.start()
        #expect(first.votingRight == VotingRight.established.encoded)
        #expect(!FileManager.default.fileExists(atPath: place.mark.path))
        // It keeps its vote over a restart, and loses it with its directory.
        #expect(try await place.start().votingRight == VotingRight.established.encoded)
        try place.empty()
        #expect(try await place.start().votingRight == nil)
    }

    @Test func `without a mark votes for nothing yet`() async throws {
        let place = try Place()
        #expect(try await place.start().votingRight == nil)
    }

    @Test func `is refused with another certificate than the genesis knows`() async throws {
        let place = try Place()
        let error = await #expect(throws: ConfigurationError.self) {
            _ = try await place.start(certificate: SHA256.hash([1]))
        }
        #expect(error?.description.contains("the genesis knows \(place.account.address)") == true)
        _ = try await place.start()
    }

    /// Its mark says more than its ledger has: the ledger is an older one.
    @Test func `knows what its store has lost, stores that, and says so`() async throws {
        let place = try Place()
        let (data, genesis) = (place.path + "/data", place.genesis(certificate: .zero))
        do {
            let store = try ChainStore.open(directory: data, genesis: genesis)
            try await store.append(VotingRight.established)
            try await store.append([VoteRecord(height: 1, bytes: [1])])
            try store.close()
        }
        for name in ["chain.sqlite", "chain.sqlite.seal"] {
            try? FileManager.default.removeItem(atPath: "\(data)/\(name)")
        }
        let store = try ChainStore.open(directory: data, genesis: genesis)
        let (resumption, notice) = try await store.resumption(
            hasNeverVoted: true, scheme: Secp256k1())
        #expect(resumption.votingRight == .unknown)
        #expect(resumption.toPersist == .unknown)
        #expect(notice?.contains("has lost something") == true)
        try store.close()
    }
}
