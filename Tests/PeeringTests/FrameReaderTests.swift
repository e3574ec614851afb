@testable import Peering
import Protocol
import Testing

@Suite struct FrameReaderTests {
    @Test func `frames come out whole however the bytes are cut`() throws {
        let messages: [Bytes] = [[], [1], Bytes(repeating: 2, count: 300)]
        let stream = messages.flatMap(FrameReader.frame)
        for size in [1, 2, 3, 7, 100, stream.count] {
            var reader = FrameReader()
            var received: [Bytes] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                reader.append(Array(stream[start..<min(start + size, stream.count)]))
                while let frame = try reader.next() { received.append(frame) }
            }
            #expect(received == messages)
        }
    }

    @Test func `a length beyond the limit is refused before its bytes arrive`() {
        var reader = FrameReader()
        reader.append([255, 255, 255, 255])
        #expect(throws: LinkError.self) { try reader.next() }
    }

    @Test func `before the greeting a few kilobytes are enough`() throws {
        var reader = FrameReader()
        reader.append(FrameReader.frame(Bytes(repeating: 1, count: 5_000)))
        #expect(throws: LinkError.self) { try reader.next() }
        reader.limit = 5_000
        #expect(try reader.next()?.count == 5_000)
    }
}
