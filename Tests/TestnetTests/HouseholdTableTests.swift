import Console
import Glibc
import Testing

@testable import Testnet

@Suite struct HouseholdTableTests {
    /// Writes `text` to a file and hands its path to `body`.
    private static func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/busbar-table-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        let bytes = Array(text.utf8)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        try body(path)
    }

    @Test func `households beyond the data live as the first ones do`() throws {
        try Self.withFile("household,pv_kwp\nh01,5.5\nh02,0\n") { path in
            let table = try HouseholdTable(file: path)
            #expect(try table.row(for: "h01").isProsumer)
            #expect(try !table.row(for: "h02").isProsumer)
            #expect(try table.row(for: "h03").name == "h01")
            #expect(try table.row(for: "h04").name == "h02")
            #expect(throws: CommandFailure.self) { try table.row(for: "x1") }
            #expect(throws: CommandFailure.self) { try table.row(for: "h0") }
            #expect(table.names(4, first: ["h02"]) == ["h02", "h01", "h03", "h04"])
        }
    }

    @Test(arguments: ["", "household\nh01\n", "household,pv_kwp\n", "household,pv_kwp\nh01\n"])
    func `a table that lacks something is refused`(_ text: String) throws {
        try Self.withFile(text) { path in
            #expect(throws: CommandFailure.self) { try HouseholdTable(file: path) }
        }
    }
}
