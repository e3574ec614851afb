internal import Foundation
internal import Protocol

/// The bytes of SQLite's write-ahead log. SQLite drops whatever follows a frame whose checksum
/// does not hold, as if it had never been written; a check of the chain must not ("WAL-mode File
/// Format", 4).
struct WriteAheadLog {
    let path: String

    /// Whether no frame is in it.
    func isEmpty() throws -> Bool { try bytes(of: path, count: 33).count <= 32 }

    func findings() throws -> [Finding] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        let header = Bytes(try file.read(upToCount: 32) ?? Data())
        guard !header.isEmpty else { return [] }
        guard header.count == 32, header[0..<3].elementsEqual([0x37, 0x7f, 0x06]) else {
            return [Finding("write-ahead log", "header", "is damaged")]
        }
        var sum = WALChecksum(isBigEndian: header[3] & 1 == 1)
        sum.add(header[0..<24])
        guard sum.bytes.elementsEqual(header[24..<32]) else {
            return [Finding("write-ahead log", "header", "its checksum does not hold")]
        }
        return try frameFindings(in: file, salts: header[16..<24], sum)
    }

    /// Follows the frames that belong to the log's present run, which bear its salts.
    private func frameFindings(
        in file: FileHandle, salts: ArraySlice<UInt8>, _ first: WALChecksum
    ) throws -> [Finding] {
        var sum = first
        var number = 0
        var broken: Int?
        while let frame = try file.read(upToCount: 24 + 4_096).map(Bytes.init),
            frame.count == 24 + 4_096
        {
            number += 1
            guard frame[8..<16].elementsEqual(salts) else {
                if broken == nil { broken = number }
                continue
            }
            if let broken {
                return [Finding("write-ahead log", "frame \(broken)", "is damaged")]
            }
            sum.add(frame[0..<8])
            sum.add(frame[24...])
            if !sum.bytes.elementsEqual(frame[16..<24]) {
                return [Finding("write-ahead log", "frame \(number)", "its checksum does not hold")]
            }
        }
        return []
    }
}

/// The checksum of SQLite's write-ahead log.
private struct WALChecksum {
    let isBigEndian: Bool
    var first: UInt32 = 0
    var second: UInt32 = 0

    var bytes: Bytes { first.bigEndianBytes + second.bigEndianBytes }

    /// Adds bytes, a multiple of eight of them.
    mutating func add(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { raw in
            for offset in stride(from: 0, to: raw.count - 7, by: 8) {
                first = first &+ word(raw, offset) &+ second
                second = second &+ word(raw, offset + 4) &+ first
            }
        }
    }

    private func word(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
    }
}
