import Client
import Foundation
import Glibc
import Synchronization
import TestKit
import Testing

/// Clients that mean harm to some nodes: threads that connect without end from many addresses of
/// loopback, say what they should not or nothing at all, and hold on to what they have.
final class PortAttack: Sendable {
    private struct Target {
        let port: UInt16
        let texts: [[UInt8]]
    }

    private struct State {
        var isOver = false
        var connections = 0
    }

    private let targets: [Target]
    private let strangers: [[String]]
    private let state = Mutex(State())

    /// How many connections one thread holds.
    private static let held = 60

    /// An attack on all ports of `nodes`.
    init(on nodes: [EndpointsFile.Node]) throws {
        var targets: [Target] = []
        var strangers: [[String]] = []
        for node in nodes {
            let ports = try [node.p2p, node.api, node.rpc, node.metrics].map {
                try #require(Self.port(in: $0))
            }
            targets.append(Target(port: ports[0], texts: Self.noTLS))
            targets.append(Target(port: ports[1], texts: Self.noTLS))
            targets.append(Target(port: ports[2], texts: Self.noHTTP + Self.noCall))
            targets.append(Target(port: ports[3], texts: Self.noHTTP))
            strangers.append([
                "-sk", "--http2", "--max-time", "5", "https://127.0.0.1:\(ports[0])/",
            ])
        }
        self.targets = targets
        self.strangers = strangers
    }

    /// How many connections were made.
    var connections: Int { state.withLock { $0.connections } }

    /// Begins; each port has a thread of its own.
    func begin() {
        for target in targets { Thread.detachNewThread { self.attack(target) } }
        Thread.detachNewThread { self.showNoCertificate() }
    }

    /// Ends, and lets go of all connections.
    func end() { state.withLock { $0.isOver = true } }

    private var isOver: Bool { state.withLock { $0.isOver } }

    private func attack(_ target: Target) {
        var sockets: [Int32] = []
        var number = 0
        while !isOver {
            let address = UInt32(0x7f00_0002) + UInt32(number % 40)
            if let socket = Self.connect(to: target.port, from: address) {
                sockets.append(socket)
                state.withLock { $0.connections += 1 }
                // Every third says nothing.
                let texts = target.texts
                if number % 3 != 0 { Self.send(texts[number / 3 % texts.count], on: socket) }
            }
            if sockets.count > Self.held { close(sockets.removeFirst()) }
            number += 1
            usleep(20_000)
        }
        for socket in sockets { close(socket) }
    }

    /// Shakes hands with the node-to-node ports, without a certificate and with one of its own
    /// making.
    private func showNoCertificate() {
        do {
            let place = try TemporaryDirectory()
            defer { withExtendedLifetime(place) {} }
            let directory = place.path
            let (key, certificate) = ("\(directory)/key.pem", "\(directory)/certificate.pem")
            try Self.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=v1", "-days", "1",
                    "-keyout", key, "-out", certificate,
                ])
            while !isOver {
                for stranger in strangers {
                    try Self.run("curl", stranger)
                    try Self.run("curl", ["--cert", certificate, "--key", key] + stranger)
                }
            }
        } catch {
            Issue.record("a stranger could not attack: \(error)")
        }
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }
}

// What attackers say.
extension PortAttack {
    /// To a port that speaks TLS: another protocol, half a ClientHello, an endless record.
    private static let noTLS: [[UInt8]] = [
        Array("GET / HTTP/1.1\r\nhost: x\r\n\r\n".utf8),
        [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + [UInt8](repeating: 7, count: 100),
        [0x16, 3, 1, 0xff, 0xff] + [UInt8](repeating: 1, count: 4_000),
        (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 151) },
    ]

    /// To a port that speaks HTTP/1.1: a header that does not end, two lengths, no HTTP, a header
    /// beyond the limit.
    private static let noHTTP: [[UInt8]] = [
        "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
        "\u{16}\u{3}\u{1}\r\n\r\n",
        "GET / HTTP/1.1\r\nx: " + String(repeating: "y", count: 20_000),
    ].map { Array($0.utf8) }

    /// To JSON-RPC: calls that are too deep, too large, too many, or do not end.
    private static var noCall: [[UInt8]] {
        [
            call(String(repeating: "[", count: 10_000)),
            call("[" + [String](repeating: "{}", count: 500).joined(separator: ",") + "]"),
            call("", length: 2_000_000), call("{", length: 1_000_000),
        ]
    }

    private static func call(_ body: String, length: Int? = nil) -> [UInt8] {
        let head =
            "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            + "content-length: \(length ?? body.utf8.count)\r\n\r\n"
        return Array((head + body).utf8)
    }
}

// Sockets.
extension PortAttack {
    private static func port(in endpoint: String) -> UInt16? {
        endpoint.split(separator: ":").last.flatMap { UInt16($0.prefix(while: \.isNumber)) }
    }

    /// A connection from an address of loopback; nil if the node has no room.
    private static func connect(to port: UInt16, from source: UInt32) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var timeout = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let isBound = withAddress(source, 0) { Glibc.bind(descriptor, $0, $1) } == 0
        guard isBound, withAddress(0x7f00_0001, port, { Glibc.connect(descriptor, $0, $1) }) == 0
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func send(_ bytes: [UInt8], on descriptor: Int32) {
        _ = Glibc.send(
            descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }

    private static func withAddress(
        _ host: UInt32, _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
