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

    @Test func `a process whose first thread has ended has not ended while another goes on`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let program = """
            import ctypes, threading, time
            threading.Thread(target=time.sleep, args=(60,)).start()
            ctypes.CDLL(None).pthread_exit(None)
            """
        let pid = try NodeProcess.spawn(
            "/usr/bin/python3", ["-c", program], log: directory.path + "/log")
        defer { kill(pid, SIGKILL) }
        try await eventually("its first thread has ended") { NodeProcess.state(of: pid) == "Z" }
        #expect(NodeProcess.isAlive(pid) && NodeProcess.isRunning(pid))
        kill(pid, SIGKILL)
        try await eventually("it has ended") { !NodeProcess.isAlive(pid) }
        try await eventually("it is collected") { !NodeProcess.isRunning(pid) }
        #expect(!NodeProcess.exists(pid))
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
