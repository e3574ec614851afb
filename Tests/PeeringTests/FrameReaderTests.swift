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

    /// The first bytes of a frame with a message of `kind`.
    private func begun(_ kind: WireMessage.Kind, count: Int) -> Bytes {
        UInt32(count).bigEndianBytes + [0xfb] + UInt32(count - 5).bigEndianBytes
            + [kind.rawValue, 0xfa, 1, 2, 3]
    }

    @Test(arguments: WireMessage.Kind.allCases)
    func `a frame of each kind is let in up to its limit, by its first bytes`(
        kind: WireMessage.Kind
    ) throws {
        let gate = FrameGate(
            priority: kind.priority, role: kind == .meter ? .consumer : .validator)
        for (more, isTaken) in [(-1, true), (0, true), (1, false)] {
            let count = kind.mostBytes + more
            var reader = FrameReader()
            reader.limit = Limits.messageBytes
            let bytes = begun(kind, count: count)
            reader.append(Array(bytes.dropLast()))
            #expect(try reader.begin() == nil)
            reader.append(Array(bytes.suffix(1)))
            let refusal: (ArraySlice<UInt8>, Int) -> LinkError? = {
                gate.refusal(of: $0, count: $1, hasGreeted: true, takesAnswer: { _ in true })
            }
            if isTaken {
                #expect(try reader.begin(refusal: refusal) == count)
                #expect(try reader.begin(refusal: refusal) == nil)
                #expect(reader.take() == nil)
                #expect(reader.unfinishedBytes == bytes.count)
            } else {
                #expect(throws: LinkError.self) { try reader.begin(refusal: refusal) }
            }
        }
    }

    @Test func `before the greeting a few kilobytes are enough`() throws {
        var reader = FrameReader()
        reader.append(FrameReader.frame(Bytes(repeating: 1, count: 5_000)))
        #expect(throws: LinkError.self) { try reader.next() }
        reader.limit = 5_000
        #expect(try reader.next()?.count == 5_000)
    }
}

extension FrameReader {
    /// The next whole message, whatever it is; nil if more bytes are needed.
    mutating func next() throws -> Bytes? {
        _ = try begin()
        return take()
    }
}
