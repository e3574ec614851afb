import Consensus
import Protocol
import Replica

/// What a validator has promised, as bytes on its disk: entries one after the other, each after
/// its length and a checksum. A crash may cut the last one at any byte; whoever reads the journal
/// again cuts off what is left of it.
struct VoteJournal {
    /// What is stored at once.
    enum Entry {
        case record(SafetyRecord)
        case votingRight(VotingRight)

        /// Of which height it is; none for a voting right.
        fileprivate var height: UInt64? {
            if case .record(let record) = self { record.height } else { nil }
        }

        fileprivate var encoded: Bytes {
            switch self {
            case .record(let record): [Kind.record.rawValue] + record.encoded
            case .votingRight(let votingRight): [Kind.votingRight.rawValue] + votingRight.encoded
            }
        }
    }

    private enum Kind: UInt8 {
        case record = 1
        case votingRight = 2
    }

    var bytes: Bytes = []
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

    /// Stores and syncs `entry`.
    mutating func append(_ entry: Entry) {
        append(Self.frame(entry.encoded), height: entry.height)
    }

    /// Stores the first bytes of `entry`, as many as `part` makes of their number; nothing is
    /// synced. Returns whether all of them are there.
    mutating func tear(_ entry: Entry, _ part: (Int) -> Int) -> Bool {
        let frame = Self.frame(entry.encoded)
        let count = part(frame.count)
        guard count < frame.count else {
            append(frame, height: entry.height)
            return true
        }
        bytes += frame.prefix(count)
        return false
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

    private mutating func append(_ frame: Bytes, height: UInt64?) {
        bytes += frame
        entries.append((height, frame.count))
    }
}

extension VoteJournal {
    private static func frame(_ content: Bytes) -> Bytes {
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
