import Client
import Glibc
import Keys
import TestKit
import Testing

@testable import Testnet

@Suite struct NodeProcessTests {
    /// A testnet's directory whose node h01 has left `text` as its process, handed to `body`.
    private func withPidFile(
        _ text: String, _ body: (NodeProcess) throws -> Void
    ) throws {
        try withTemporaryDirectory { path in
            let directory = try TestnetDirectory(path)
            try DurableFile.makePrivateDirectory(at: directory.node("h01"))
            try DurableFile.write(Array(text.utf8), to: directory.pidFile("h01"))
            try body(NodeProcess(name: "h01", directory: directory))
        }
    }

    @Test func `the process that was started is the node's`() throws {
        try withPidFile("\(getpid()) \(NodeProcess.beginning(of: getpid()))\n") { process in
            #expect(process.pid == getpid())
        }
    }

    /// Signals to a node would end whoever has its number now.
    @Test func `a bystander that has a dead node's number is not`() throws {
        let own = NodeProcess.beginning(of: getpid())
        let parts = own.split(separator: " ")
        let others = [
            "1\n", "\(getpid())\n", "\(getpid()) \(parts[0])\n", "\(getpid()) 1 \(parts[1])\n",
            "\(getpid()) \(parts[0]) 00000000-0000-0000-0000-000000000000\n", "-1 \(own)\n",
            "0 \(own)\n", "", "\(getpid()) \(own) more\n",
        ]
        for text in others {
            try withPidFile(text) { #expect($0.pid == nil, "\(text)") }
        }
    }
}
