import NIOCore
import Testing

@testable import Transport

@Suite struct FrameScannerTests {
    /// The types of the frames in `bytes`, which arrive in pieces of `size`.
    private func types(in bytes: [UInt8], size: Int, fromClient: Bool = true) -> [UInt8] {
        var scanner = HTTP2FrameScanner(fromClient: fromClient)
        var found: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
            #expect(
                scanner.scan(piece) {
                    found.append($0.type)
                    return true
                })
        }
        return found
    }

    @Test func `frames are found however the bytes are cut`() {
        let bytes =
            rawPreface + rawFrame(4, []) + rawFrame(0, [UInt8](repeating: 4, count: 70_000))
            + rawFrame(0x7f, [9]) + rawGet(stream: 1)
        for size in [1, 2, 8, 9, 10, 24, 25, 1_000, bytes.count] {
            #expect(types(in: bytes, size: size) == [4, 0, 0x7f, 1])
        }
        let answer = rawFrame(4, []) + rawFrame(6, [UInt8](repeating: 0, count: 8))
        #expect(types(in: answer, size: 3, fromClient: false) == [4, 6])
    }

    @Test func `it stops where it is told to`() {
        var scanner = HTTP2FrameScanner(fromClient: false)
        var count = 0
        let bytes = ByteBuffer(bytes: (0..<10).flatMap { _ in rawFrame(6, []) })
        let isWhole = scanner.scan(bytes) { _ in
            count += 1
            return count < 3
        }
        #expect(!isWhole)
        #expect(count == 3)
    }
}
