import Consensus
import Protocol
import Replica

/// What a validator has promised, as bytes on its disk: entries one after the other, each after
/// its length and a checksum. A crash may cut the last one at any byte; whoever reads the journal
/// again cuts off what is left of it.
struct VoteJournal {
    private enum Kind: UInt8 {
        case record = 1
        case votingRight = 2
    }

    private(set) var bytes: Bytes = []
    /// The entries that were synced, in their order: of which height they are, none for a voting right,
    /// and how many bytes they take.
    private var entries: [(height: UInt64?, size: Int)] = []

    /// A frame's length and checksum.
    private static let headSize = 12

    /// How many entries were synced: so many must be found again.
    var count: Int { entries.count }

    /// What the journal holds once its torn end is cut off.
    struct Content {
        var records: [SafetyRecord] = []
        var votingRight: VotingRight?
        /// How many whole entries there were.
        var count = 0
        /// How many bytes of a torn one were cut off.
        var torn = 0
    }

    mutating func append(_ record: SafetyRecord) {
        append(Self.frame(.record, record.encoded), height: record.height)
    }

    mutating func append(_ votingRight: VotingRight) {
        append(Self.frame(.votingRight, votingRight.encoded), height: nil)
    }

    /// Stores the first bytes of `record`, as many as `part` makes of their number; nothing is
    /// synced. Returns whether all of them are there.
    mutating func tear(_ record: SafetyRecord, _ part: (Int) -> Int) -> Bool {
        tear(Self.frame(.record, record.encoded), height: record.height, part)
    }

    /// Stores the first bytes of `votingRight`; see ``tear(_:_:)``.
    mutating func tear(_ votingRight: VotingRight, _ part: (Int) -> Int) -> Bool {
        tear(Self.frame(.votingRight, votingRight.encoded), height: nil, part)
    }

    /// Lets go of the records up to `height`.
    mutating func forget(upTo height: UInt64) {
        let lastVotingRight = entries.lastIndex { $0.height == nil }
        var kept: Bytes = []
        var keptEntries: [(height: UInt64?, size: Int)] = []
        var start = 0
        for (index, entry) in entries.enumerated() {
            defer { start += entry.size }
            guard entry.height.map({ $0 > height }) ?? (index == lastVotingRight) else { continue }
            kept += bytes[start..<(start + entry.size)]
            keptEntries.append(entry)
        }
        bytes = kept
        entries = keptEntries
    }

    /// Reads everything again, and cuts off what is not whole.
    mutating func recover() throws(MalformedBytes) -> Content {
        var content = Content()
        var found: [(height: UInt64?, size: Int)] = []
        var start = 0
        while let (kind, body, end) = Self.wholeFrame(in: bytes, from: start) {
            var height: UInt64?
            switch kind {
            case .record:
                let record = try SafetyRecord(decoding: body, scheme: SimulatedScheme())
                content.records.append(record)
                height = record.height
            case .votingRight: content.votingRight = try VotingRight(decoding: body)
            }
            found.append((height, end - start))
            start = end
        }
        content.count = found.count
        content.torn = bytes.count - start
        bytes.removeLast(content.torn)
        entries = found
        return content
    }

    /// Turns a bit of the byte at `index`, as a failing disk would.
    mutating func flip(at index: Int) {
        guard bytes.indices.contains(index) else { return }
        bytes[index] ^= 1
    }

    private mutating func append(_ frame: Bytes, height: UInt64?) {
        bytes += frame
        entries.append((height, frame.count))
    }

    private mutating func tear(_ frame: Bytes, height: UInt64?, _ part: (Int) -> Int) -> Bool {
        let count = part(frame.count)
        guard count < frame.count else {
            append(frame, height: height)
            return true
        }
        bytes += frame.prefix(count)
        return false
    }
}

extension VoteJournal {
    private static func frame(_ kind: Kind, _ body: Bytes) -> Bytes {
        let content = [kind.rawValue] + body
        var frame = Bytes()
        frame.reserveCapacity(headSize + content.count)
        frame += UInt32(content.count).bigEndianBytes
        frame += checksum(of: content[...]).bigEndianBytes
        return frame + content
    }

    /// The frame that begins at `start`, if it is there to its end.
    private static func wholeFrame(
        in bytes: Bytes, from start: Int
    ) -> (kind: Kind, body: Bytes, end: Int)? {
        guard bytes.count - start > headSize,
            let length = UInt32(bigEndian: Bytes(bytes[start..<(start + 4)])),
            let sum = UInt64(bigEndian: Bytes(bytes[(start + 4)..<(start + headSize)]))
        else { return nil }
        let begin = start + headSize
        guard length > 0, Int(length) <= bytes.count - begin else { return nil }
        let content = bytes[begin..<(begin + Int(length))]
        guard checksum(of: content) == sum, let kind = content.first.flatMap(Kind.init(rawValue:))
        else { return nil }
        return (kind, Bytes(content.dropFirst()), begin + Int(length))
    }

    /// FNV-1a over `bytes`, mixed.
    private static func checksum(of bytes: ArraySlice<UInt8>) -> UInt64 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x1_0000_01b3 }
        return SeededGenerator.mix(sum)
    }
}
