import Foundation
import Protocol
import TestKit
import Testing

@testable import Storage

/// The file of what users have handed in.
@Suite struct `The file of submissions` {
    private func entry(_ number: Int, bytes: Int = 300) -> SubmissionFile.Entry {
        SubmissionFile.Entry(
            transaction: Bytes(repeating: UInt8(truncatingIfNeeded: number), count: bytes),
            received: Timestamp(milliseconds: UInt64(number)))
    }

    @Test func `gives back what was written, in its order, also after it was written anew`() throws
    {
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let entries = (1...20).map { entry($0) }
        do {
            let file = try SubmissionFile(directory: place.path)
            for entry in entries { try file.append(entry) }
            #expect(try file.read().entries == entries)
        }
        let again = try SubmissionFile(directory: place.path)
        #expect(try again.read().entries == entries)
        try again.rewrite(Array(entries[5...]))
        try again.append(entries[0])
        let expected = Array(entries[5...]) + [entries[0]]
        #expect(try again.read().entries == expected)
        let last = try SubmissionFile(directory: place.path).read()
        #expect(last.entries == expected && last.damagedFrom == nil)
    }

    @Test func `cut short anywhere, it holds what is whole, and that is no damage`() throws {
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let file = try SubmissionFile(directory: place.path)
        for number in 1...3 { try file.append(entry(number, bytes: 40)) }
        let bytes = Bytes(try Data(contentsOf: URL(fileURLWithPath: file.path)))
        let size = bytes.count / 3
        for count in bytes.indices {
            let content = SubmissionFile.content(of: Bytes(bytes[..<count]))
            #expect(content.entries.count == count / size)
            #expect(content.damagedFrom == nil)
        }
    }

    @Test func `with any byte changed it names the place, and keeps what comes before`() throws {
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let file = try SubmissionFile(directory: place.path)
        for number in 1...3 { try file.append(entry(number, bytes: 40)) }
        let bytes = Bytes(try Data(contentsOf: URL(fileURLWithPath: file.path)))
        let size = bytes.count / 3
        for index in 0..<(2 * size) {
            var damaged = bytes
            damaged[index] ^= 0x10
            let content = SubmissionFile.content(of: damaged)
            #expect(content.damagedFrom == index / size * size, "byte \(index)")
            #expect(content.entries.count == index / size)
        }
    }

    @Test func `is large once it has grown, and is written anew without what it had`() throws {
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let file = try SubmissionFile(directory: place.path)
        var count = 0
        while !file.isLarge {
            try file.append(entry(count, bytes: 32_000))
            count += 1
        }
        #expect(100...200 ~= count)
        try file.rewrite([])
        #expect(!file.isLarge)
        #expect(try file.read().entries.isEmpty)
    }
}
