import API
import ArgumentParser
import Client
import Console
import Foundation
import Keys
import Ledger
import Node
import Protocol
import Testing

@testable import busbar

/// What the program takes from people, and what it prints for them.
@Suite struct `The program of a household` {
    private static let account = Address(reserved: 0xa001)

    private func register(_ arguments: String...) throws -> MemberCommand.Register {
        try MemberCommand.Register.parse(
            ["--account", Self.account.description, "--role", "observer"] + arguments)
    }

    @Test func `a node's words about a block forge no line of the report`() {
        let forged = JSON.string("0x1\nblock 8  0xfeed\u{1b}[2J")
        let transaction: JSON = ["hash": forged, "from": forged, "to": forged, "input": forged]
        let block: JSON = [
            "number": "0x7", "timestamp": forged, "hash": forged, "parentHash": forged,
            "stateRoot": forged, "miner": forged, "transactions": [transaction],
        ]
        let report = BlockReport(block: block)
        #expect(UntrustedText(report.line).isPlain)
        let lines = report.text(names: nil).split(separator: "\n")
        // What is no hash and no address is left out: of the transaction nothing is left.
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { UntrustedText(String($0)).isPlain && !$0.contains("feed") })
    }

    @Test func `registers a member with one certificate, not with two or none`() throws {
        let hash = SHA256.hash([1])
        #expect(throws: (any Error).self) { try register() }
        #expect(throws: (any Error).self) {
            try register("--certificate", "node.pem", "--certificate-hash", "\(hash)")
        }
        #expect(try register("--certificate", "node.pem").certificateHash == nil)
        #expect(try register("--certificate-hash", "\(hash)").certificateHash == hash)
    }

    @Test func `joins an aggregator that one certificate proves, not two or none`() throws {
        func join(_ arguments: String...) throws -> MemberCommand.Join {
            try MemberCommand.Join.parse(
                ["--config", "node.toml", "--code", "A", "--at", "https://a:1"] + arguments)
        }
        let hash = ["--fingerprint", "\(SHA256.hash([1]))"]
        #expect(throws: (any Error).self) { try join() }
        #expect(throws: (any Error).self) { try join("--certificate", "a.pem", hash[0], hash[1]) }
        #expect(throws: (any Error).self) { try join(hash[0], hash[1], "--wait", "3601") }
        #expect(try join("--certificate", "a.pem").fingerprint == nil)
        #expect(try join(hash[0], hash[1]).fingerprint == SHA256.hash([1]))
    }

    @Test func `makes an API's certificate anew for the names in the node's file`() throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("busbar-renew-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try CertificateSet(name: "h99", hosts: [], days: 900).write(to: directory + "/tls")
        let file = directory + "/node.toml"
        let text = """
            name = "h99"
            role = "observer"
            data = "data"
            genesis = "genesis.json"
            [tls]
            certificate = "tls/node.pem"
            key = "tls/node-key.pem"
            [p2p]
            peers = ["127.0.0.1:30303"]
            [api]
            names = ["busbar.local", "192.168.1.20"]
            certificate = "tls/api.pem"
            key = "tls/api-key.pem"
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let node = try Data(contentsOf: URL(fileURLWithPath: directory + "/tls/node.pem"))
        func names(_ host: String) throws -> Bool {
            let pem = try Data(contentsOf: URL(fileURLWithPath: directory + "/tls/api.pem"))
            return CertificateDetails.certificate(Bytes(pem), names: host)
        }
        #expect(try names("localhost") && !names("busbar.local"))
        try CertificateCommand.Renew.parse(["--config", file]).run()
        #expect(try names("busbar.local") && names("192.168.1.20") && names("127.0.0.1"))
        #expect(try !names("elsewhere.local"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory + "/tls/node.pem")) == node)
    }

    @Test func `asks for a meter and a power where there is one, and nowhere else`() throws {
        let hash = ["--certificate-hash", "\(SHA256.hash([1]))"]
        let (meter, power) = (["--meter", "\(Address(reserved: 7))"], ["--rated-power", "9"])
        for (role, extra, isTaken) in [
            ("consumer", meter + power, true), ("consumer", meter, false),
            ("prosumer", power, false), ("observer", [], true), ("observer", meter, false),
            ("observer", power, false), ("observer", meter + power, false),
        ] {
            let arguments = ["--account", "\(Self.account)", "--role", role] + hash + extra
            let taken = try? MemberCommand.Register.parse(arguments)
            #expect((taken != nil) == isTaken, "\(role) \(extra)")
        }
    }

    @Test func `takes an address with its 0x alone: a name could have forty digits`() {
        let text = Self.account.description
        #expect(Address(argument: text) == Self.account)
        #expect(Address(argument: String(text.dropFirst(2))) == nil)
        #expect(Address(argument: String(text.dropLast())) == nil)
    }

    @Test func `asks over plain http where that is said, and then with no certificate`() throws {
        let plain = ["--rpc", "http://127.0.0.1:8545"]
        #expect(throws: Never.self) { try AccountOptions.parse(plain) }
        for more in [["--api", "https://127.0.0.1:8443"], ["--api-certificate", "api.pem"]] {
            #expect(throws: (any Error).self) { try AccountOptions.parse(plain + more) }
        }
        let failure = #expect(throws: CommandFailure.self) {
            try AccountOptions.parse(["--rpc", "http://192.168.1.9:8545"]).client()
        }
        #expect(failure?.description.contains("stays on the machine itself") == true)
    }

    @Test func `asks for the certificate of one's own node, or finds it beside the keys`() throws {
        let directory = NSTemporaryDirectory() + "busbar-own-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for inner in ["/keys", "/tls"] {
            try FileManager.default.createDirectory(
                atPath: directory + inner, withIntermediateDirectories: true)
        }
        func failure(_ arguments: [String]) -> String {
            do {
                _ = try AccountOptions.parse(["--dir", directory + "/none"] + arguments).client()
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(
            failure(["--api", "https://127.0.0.1:8443"]).contains("say with --api-certificate"))
        let keystore = ["--keystore", directory + "/keys/account.json"]
        #expect(failure(keystore).contains("there is no testnet"))
        try Data("no certificate".utf8).write(
            to: URL(fileURLWithPath: directory + "/tls/api.pem"))
        #expect(failure(keystore).contains(directory + "/tls/api.pem"))
        #expect(failure(keystore + ["--api-certificate", "/nowhere"]).contains("/nowhere"))
        try CertificateSet(name: "h99", hosts: [], days: 1).write(to: directory + "/other")
        let named = ["--api-certificate", directory + "/other/api.pem"]
        #expect(failure(keystore + named) == "")
        #expect(failure(named + ["--api", "127.0.0.1:8443"]).contains("is not https://HOST:PORT"))
    }

    /// A settled trade as a node tells of it.
    private var settled: [ABIValue] {
        func number(_ value: UInt64) -> ABIValue { .number(value) }
        let none = ABIValue.tuple([number(0), number(0)])
        return [
            number(1), .address(Self.account), number(1_000), number(9_000_000), number(5),
            number(0), number(UInt64(TradeStatus.settled.rawValue)), .address(.zero),
            .address(Address(reserved: 2)), .address(Address(reserved: 3)),
        ] + Array(repeating: none, count: 6) + [
            number(800), number(0), number(700), number(4_000_000), number(2_000_000),
            number(3_000_000), number(1_000_000),
        ]
    }

    @Test func `bears every number that a node may tell of a trade`() {
        let edges: [UInt64] = [0, 1, 1 << 31, 1 << 32, 1 << 63, .max]
        var shown = 0
        for place in settled.indices {
            for edge in edges {
                var values = settled
                values[place] =
                    10..<16 ~= place ? .tuple([.number(edge), .number(edge)]) : .number(edge)
                guard let trade = TradeView(.tuple(values)) else { continue }
                let times = [edge: Timestamp(milliseconds: edge)]
                let report = TradeReport(trade: trade, names: nil, blockTimes: times)
                #expect(!report.text.isEmpty && report.json["id"] != nil)
                shown += 1
            }
        }
        #expect(shown > 50)
    }

    @Test func `prints each amount of a trade under its name`() throws {
        let value = ABIValue.tuple(settled)
        let report = TradeReport(
            trade: try #require(TradeView(value)), names: nil, blockTimes: [:])
        func tokens(_ amount: UInt64) -> String { TokenAmount(amount).tokensText }
        #expect(
            report.text.contains(
                "\(tokens(4_000_000)) to the seller, \(tokens(2_000_000)) fee, "
                    + "\(tokens(3_000_000)) back to the buyer"))
        #expect(report.text.contains("delivered  700 Wh"))
        let json = report.json
        #expect(json["price"] == "9000000")
        #expect(json["deliveredWh"] == 700)
        #expect(json["sellerAmount"] == "4000000")
        #expect(json["fee"] == "2000000")
        #expect(json["returned"] == "3000000")
        #expect(json["burned"] == "1000000")
        #expect(report.text.contains("\(tokens(1_000_000)), as the buyer's receipt never came"))
        #expect(json["state"] == "settled")
    }

    @Test func `leaves the choice between two aggregators to the member`() throws {
        let place = NSTemporaryDirectory() + "busbar-member-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: place) }
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: true)
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        let aggregators = [Address(reserved: 0xb001), Address(reserved: 0xb002)]
        let members = [(Self.account, MemberRole.validator)] + aggregators.map { ($0, .aggregator) }
        try GenesisFile.write(
            Genesis(
                chainID: 99, name: "Two", timestamp: start,
                marketClock: MarketClock(
                    origin: MarketTime(seconds: 1_000), ledgerOrigin: start, rate: 1),
                members: members.map { account, role in
                    Member(
                        account: account, role: role, meterKey: .zero, ratedPower: Watts(0),
                        certificateHash: .zero)
                }), to: place + "/genesis.json")
        let arguments = [
            "--dir", place + "/h1", "--name", "h1", "--role", "consumer", "--genesis",
            place + "/genesis.json", "--peer", "127.0.0.1:9", "--rated-power", "9000",
        ]
        let failure = #expect(throws: CommandFailure.self) {
            try MemberDirectoryMaker.make(MemberCommand.New.parse(arguments))
        }
        #expect(failure?.description.contains("knows 2 aggregators") == true)
        #expect(!FileManager.default.fileExists(atPath: place + "/h1"))
        let chosen = try MemberCommand.New.parse(
            arguments + ["--aggregator", "\(aggregators[1])"])
        let made = try MemberDirectoryMaker.make(chosen)
        let configuration = try NodeConfiguration(file: made.configurationFile)
        #expect(configuration.household?.aggregator == aggregators[1])
    }
}
