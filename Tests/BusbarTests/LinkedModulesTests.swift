import Foundation
import Testing

/// What the linker put into the two programs, by the names of their symbols: a Swift symbol begins
/// with its module's name and the name's length.
@Suite struct LinkedModulesTests {
    /// What a household has no use for.
    private static let testRig = ["Simulation", "Sweep", "Testnet"]

    private static func program(_ name: String) throws -> Data {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
        return try Data(
            contentsOf: bundle.deletingLastPathComponent().appendingPathComponent(name),
            options: .alwaysMapped)
    }

    private static func modules(_ names: [String], in program: Data) -> [String] {
        names.filter { program.range(of: Data("$s\($0.utf8.count)\($0)".utf8)) != nil }
    }

    @Test func `the program of a household links neither the simulation nor the test rig`() throws {
        let busbar = try Self.program("busbar")
        #expect(Self.modules(Self.testRig, in: busbar) == [])
        #expect(Self.modules(["Node", "Client"], in: busbar) == ["Node", "Client"])
    }

    @Test func `the program of testnets links all of it`() throws {
        let testnet = try Self.program("busbar-testnet")
        #expect(Self.modules(Self.testRig, in: testnet) == Self.testRig)
    }
}
