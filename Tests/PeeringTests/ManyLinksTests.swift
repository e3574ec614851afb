import Foundation
import Keys
import Logging
import NIOPosix
import Protocol
import TestKit
import Testing
import Transport

@testable import Peering

/// A community that is larger than a port's usual number of connections.
@Suite(.serialized) struct ManyLinksTests {
    private static let members: UInt32 = 300

    /// Both ends of a link of `member` with `node`, greeted.
    private static func link(
        _ certificate: NodeCertificate, with node: TestNode, _ group: MultiThreadedEventLoopGroup
    ) async throws -> (connection: ClientConnection, streams: [ClientStream]) {
        let identity = try TLSIdentity(
            certificatePEM: certificate.certificatePEM, privateKeyPEM: certificate.keyPEM)
        let connection = try await ClientConnection.connect(
            host: "127.0.0.1", port: node.port, security: .mutual(identity, { _ in .accept }),
            eventLoopGroup: group, log: LimitedLog(Logger(label: "test")),
            limits: TransportLimits(), timeout: .seconds(20))
        var streams: [ClientStream] = []
        for priority in WireMessage.Priority.allCases {
            streams.append(
                try await connection.openStream(
                    method: "POST", path: LinkRequestHandler.path(of: priority)))
        }
        let hello = Hello(
            chainID: TestNode.chainID, genesisHash: .zero, endpoint: "", agent: "test")
        try await streams[0].write(FrameReader.frame(WireMessage.link(.hello(hello)).encoded))
        return (connection, streams)
    }

    /// Bytes of this process that are in memory.
    private static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return try #require(pages) * Int(getpagesize())
    }

    @Test func `some hundred members are linked with one node, at a small price each`()
        async throws
    {
        let community = Community()
        let node = try await TestNode.start(number: 1, in: community)
        community.add(node)
        let certificates = try (0..<Self.members).map { number in
            let certificate = try NodeCertificate(
                selfSigned: CertificateSubject(commonName: "member \(number)"))
            community.add(certificate, as: Address(reserved: 1_000 + number))
            return certificate
        }
        let group = MultiThreadedEventLoopGroup.singleton
        try await running([node]) {
            // As many as the port takes before it is told of the members.
            let usual = TransportLimits().connections
            var links: [(connection: ClientConnection, streams: [ClientStream])] = []
            for certificate in certificates[..<usual] {
                links.append(try await Self.link(certificate, with: node, group))
            }
            #expect(await node.recorder.wait { $0.linked.count == usual })
            await #expect(throws: TransportError.self) {
                try await Self.link(certificates[usual], with: node, group)
            }
            node.network.allow(connections: Int(Self.members) * 2)
            let before = try Self.residentBytes()
            for certificate in certificates[usual...] {
                links.append(try await Self.link(certificate, with: node, group))
            }
            #expect(await node.recorder.wait { $0.linked.count == Self.members })
            let added = links.count - usual
            let each = (try Self.residentBytes() - before) / added
            print("\(links.count) links, \(each / 1_024) KiB of memory each, both ends together")
            // Other tests of this process take memory meanwhile.
            #expect(each < 2 << 20)
            for link in links { link.connection.close() }
            try await eventually("all are gone") { node.network.acceptedCount == 0 }
        }
    }

    @Test func `a member has no more places than it needs`() async throws {
        let community = Community()
        let node = try await TestNode.start(number: 1, in: community)
        community.add(node)
        let certificate = try NodeCertificate(selfSigned: CertificateSubject(commonName: "one"))
        community.add(certificate, as: Address(reserved: 2))
        let group = MultiThreadedEventLoopGroup.singleton
        try await running([node]) {
            var links: [(connection: ClientConnection, streams: [ClientStream])] = []
            for _ in 0..<5 { links.append(try await Self.link(certificate, with: node, group)) }
            try await eventually("the first have given way") {
                (node.network.portFigures?.open ?? .max) <= PeeringConfiguration.connectionsOfMember
            }
            for link in links { link.connection.close() }
        }
    }
}
