import Foundation
import Testing

/// The examples that the fuzzers start from, and what they have found: read again, as they are and
/// with damage.
@Suite struct CorpusTests {
    @Test func `every target has examples, and every folder of examples a target`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Corpus.directory)
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
    }

    @Test(arguments: FuzzTarget.all)
    func `what the fuzzers know is read right`(_ target: FuzzTarget) async throws {
        let examples = try Corpus.examples(of: target)
        var taken = 0
        for (name, bytes) in examples {
            switch await target.read(bytes) {
            case .taken: taken += 1
            case .refused: break
            case .wrong(let reason): Issue.record("\(target.name)/\(name): \(reason)")
            }
        }
        #expect(taken > 0, "no example of \(target.name) is taken")
    }

    @Test(arguments: FuzzTarget.all)
    func `no damage ends the process`(_ target: FuzzTarget) async throws {
        let examples = try Corpus.examples(of: target).map(\.bytes)
        var damage = Damage(seed: 4)
        var refused = 0
        for round in 0..<target.trials {
            let bytes = damage.bytes(like: examples)
            switch await target.read(bytes) {
            case .taken: break
            case .refused: refused += 1
            case .wrong(let reason):
                Issue.record(
                    """
                    \(target.name), round \(round): \(reason): \
                    \(Data(bytes).base64EncodedString())
                    """)
            }
        }
        #expect(refused > 0)
    }
}

extension FuzzTarget: CustomTestStringConvertible {
    package var testDescription: String { name }
}

/// The examples in the repository.
enum Corpus {
    static let directory =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/Fuzz/corpus"

    static func examples(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = "\(directory)/\(target.name)"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            (name, Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
        }
    }
}
