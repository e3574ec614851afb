import Console
import Glibc
import Protocol

/// What this machine can do at the most of that which a ledger cannot be without, measured alone.
struct MachineLimits {
    /// How many transactions a core decodes, and finds the senders of from their signatures, in a second.
    let recoveredPerSecond: Double
    /// How long the disk takes for 4 KB of a file that is there already, in microseconds: the median.
    let syncMicroseconds: Double
    /// How long a byte takes over loopback to another thread and back, in microseconds: the median.
    let roundTripMicroseconds: Double

    private static let transactions = 1_000
    private static let syncs = 200
    private static let rounds = 2_000

    /// Measures; the file lies in `directory` meanwhile.
    static func measure(in directory: String) throws -> MachineLimits {
        MachineLimits(
            recoveredPerSecond: try recovery(), syncMicroseconds: try sync(in: directory),
            roundTripMicroseconds: try roundTrip())
    }

    private static func recovery() throws -> Double {
        let key = PrivateKey.random()
        let work = (0..<transactions).map { nonce in
            Transaction(
                chainID: 1, nonce: UInt64(nonce), to: key.address,
                data: Bytes(repeating: 1, count: 68)
            ).signed(by: key).encoded
        }
        let before = SystemClock.processorSeconds
        for bytes in work { _ = try VerifiedTransaction(decoding: bytes) }
        return Double(transactions) / max(SystemClock.processorSeconds - before, 0.000_001)
    }

    private static func sync(in directory: String) throws -> Double {
        let path = directory + "/sync.probe"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.failed, "\(path): \(String(cString: strerror(errno)))")
        }
        defer {
            close(descriptor)
            unlink(path)
        }
        let page = Bytes(repeating: 7, count: 4_096)
        let times = try (0..<syncs).map { _ in
            try microseconds {
                guard pwrite(descriptor, page, page.count, 0) == page.count,
                    fdatasync(descriptor) == 0
                else {
                    throw CommandFailure(.failed, "\(path): \(String(cString: strerror(errno)))")
                }
            }
        }
        return Spread(times).median ?? 0
    }

    private static func roundTrip() throws -> Double {
        let (near, far) = try LoopbackPair.make()
        let echo = LoopbackPair.echo(far)
        let byte: Bytes = [1]
        let times = try (0..<rounds).map { _ in
            try microseconds {
                try near.send(byte)
                _ = try near.receive()
            }
        }
        near.close()
        echo.wait()
        return Spread(times).median ?? 0
    }

    private static func microseconds(_ body: () throws -> Void) rethrows -> Double {
        try SystemClock.seconds(of: body) * 1_000_000
    }
}
