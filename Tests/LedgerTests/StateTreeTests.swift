import Protocol
import TestKit
import Testing

@testable import Ledger

@Suite struct StateTreeTests {
    private func entry(_ number: UInt32, _ value: UInt8 = 1) -> StateEntry {
        StateEntry(key: number.bigEndianBytes, value: [value])
    }

    @Test func `the empty tree's root is zero`() {
        #expect(StateTree().root == .zero)
        #expect(StateTree().value(at: [1]) == nil)
    }

    @Test func `a single entry's root is its leaf`() {
        let tree = StateTree().applying([StateEntry(key: [1], value: [2])])
        let leaf = [0] + SHA256.hash([1]).bytes + SHA256.hash([2]).bytes
        #expect(tree.root == SHA256.hash(leaf))
    }

    @Test func `two entries meet where their key hashes part`() {
        let keys: [Bytes] = [[1], [2]]
        let tree = StateTree().applying(keys.map { StateEntry(key: $0, value: $0) })
        let sorted = keys.sorted { SHA256.hash($0) < SHA256.hash($1) }
        let hashes = sorted.map { SHA256.hash($0) }
        var expected = SHA256.hash(
            [1]
                + sorted.flatMap { key in
                    SHA256.hash([0] + SHA256.hash(key).bytes + SHA256.hash(key).bytes).bytes
                })
        let depth = (0..<256).first { hashes[0].bit(at: $0) != hashes[1].bit(at: $0) } ?? 256
        for level in (0..<depth).reversed() {
            let empty = Bytes(repeating: 0, count: 32)
            expected = SHA256.hash(
                hashes[0].bit(at: level)
                    ? [1] + empty + expected.bytes : [1] + expected.bytes + empty)
        }
        #expect(tree.root == expected)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the root and the count follow from the content alone`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var content: [UInt32: UInt8] = [:]
        var tree = StateTree()
        for _ in 0..<40 {
            var batch: [UInt32: StateEntry] = [:]
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let key = UInt32.random(in: 0..<60, using: &random)
                let isRemoved = Int.random(in: 0..<3, using: &random) == 0
                let value = UInt8.random(in: 0...3, using: &random)
                content[key] = isRemoved ? nil : value
                batch[key] = StateEntry(
                    key: key.bigEndianBytes, value: isRemoved ? nil : [value])
            }
            tree = tree.applying(Array(batch.values))
            let anew = content.map { entry($0.key, $0.value) }.shuffled(using: &random)
            #expect(tree.root == StateTree().applying(anew).root)
            #expect(tree.count == content.count)
        }
        let oneByOne = content.map { entry($0.key, $0.value) }.shuffled(using: &random)
            .reduce(StateTree()) { $0.applying([$1]) }
        #expect(oneByOne.root == tree.root)
        #expect(tree.entries == content.sorted { $0.key < $1.key }.map { entry($0.key, $0.value) })
        for key in 0..<60 as Range<UInt32> {
            #expect(tree.value(at: key.bigEndianBytes) == content[key].map { [$0] })
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the changes since an earlier tree are all that differs`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var trees = [StateTree()]
        for _ in 0..<12 {
            var batch: [UInt32: StateEntry] = [:]
            for _ in 0..<Int.random(in: 0...9, using: &random) {
                let key = UInt32.random(in: 0..<40, using: &random)
                let value: Bytes? = Bool.random(using: &random) ? [7] : nil
                batch[key] = StateEntry(key: key.bigEndianBytes, value: value)
            }
            trees.append((trees.last ?? StateTree()).applying(Array(batch.values)))
        }
        for earlier in trees {
            for later in trees {
                let (before, after) = (Set(earlier.entries), Set(later.entries))
                let keys = Set(after.map(\.key))
                let removed = before.filter { !keys.contains($0.key) }
                    .map { StateEntry(key: $0.key, value: nil) }
                let expected = (after.subtracting(before) + removed)
                    .sorted { $0.key.lexicographicallyPrecedes($1.key) }
                #expect(later.changes(since: earlier) == expected)
            }
        }
    }

    @Test func `an older tree stays as it was`() {
        let older = StateTree().applying((0..<50).map { entry($0) })
        let root = older.root
        let newer = older.applying((25..<75).map { entry($0, 2) })
        #expect(older.root == root)
        #expect(older.value(at: UInt32(30).bigEndianBytes) == [1])
        #expect(newer.value(at: UInt32(30).bigEndianBytes) == [2])
        #expect(newer.count == 75)
    }

    @Test func `a proof shows what stands at a key, and that nothing does`() {
        let tree = StateTree().applying((0..<200).map { entry($0) })
        for number in 0..<400 as Range<UInt32> {
            let proof = tree.proof(of: number.bigEndianBytes)
            #expect(proof.value == (number < 200 ? [1] : nil))
            #expect(proof.verify(root: tree.root))
            #expect(!proof.verify(root: SHA256.hash([0])))
        }
        #expect(StateTree().proof(of: [1]).verify(root: .zero))
    }

    @Test func `a proof that was tampered with does not hold`() throws {
        let tree = StateTree().applying((0..<200).map { entry($0) })
        let key = UInt32(7).bigEndianBytes
        let proof = tree.proof(of: key)
        let forgedEnds: [StateProof.End] = [
            .value([2]), .nothing,
            .otherLeaf(keyHash: SHA256.hash(key), valueHash: SHA256.hash([1])),
            .otherLeaf(keyHash: SHA256.hash([9]), valueHash: SHA256.hash([1])),
        ]
        for end in forgedEnds {
            let forged = StateProof(key: key, end: end, siblings: proof.siblings)
            #expect(!forged.verify(root: tree.root))
        }
        let shorter = StateProof(
            key: key, end: proof.end, siblings: Array(proof.siblings.dropLast()))
        #expect(!shorter.verify(root: tree.root))
        let endless = StateProof(
            key: key, end: .nothing, siblings: Array(repeating: .zero, count: 257))
        #expect(!endless.verify(root: .zero))
        let other = StateProof(
            key: UInt32(8).bigEndianBytes, end: proof.end, siblings: proof.siblings)
        #expect(!other.verify(root: tree.root))
    }
}
