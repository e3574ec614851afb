import Foundation
import Testing

/// Files and functions stay so small that a reader holds one in the head.
@Suite struct SizeTests {
    @Test func `no file has more than 400 lines, no function more than 50`() throws {
        let files = try Checkout.files(in: ["Sources", "Tests"], endings: [".swift"])
        let beginning = try NSRegularExpression(
            pattern: #"(^|\s)(func\s|init[?(<]|deinit\s)"#, options: .anchorsMatchLines)
        var sizes = (files: [Int](), functions: [Int]())
        for file in files {
            let lines = file.lines
            #expect(lines.count <= 401, "\(file.path)")
            let functions = Self.functions(in: lines, beginningAt: Set(file.numbers(of: beginning)))
            for function in functions where function.count > 50 {
                Issue.record("\(file.path):\(function.line): \(function.count) lines")
            }
            guard file.path.hasPrefix("Sources/") else { continue }
            sizes.files.append(lines.count - 1)
            sizes.functions += functions.map(\.count)
        }
        print(
            Self.summary(sizes.files, of: "files"), Self.summary(sizes.functions, of: "functions"))
    }

    /// Where each function begins, and how many lines it has. The formatter sets its end on the
    /// column of its beginning.
    private static func functions(
        in lines: [Substring], beginningAt beginnings: Set<Int>
    ) -> [(line: Int, count: Int)] {
        var open: [(indentation: Int, line: Int)] = []
        var found: [(line: Int, count: Int)] = []
        for (index, line) in lines.enumerated() {
            let indentation = line.prefix { $0 == " " }.count
            let code = line.dropFirst(indentation)
            if let last = open.last, last.indentation == indentation, code.hasPrefix("}") {
                found.append((last.line, index + 2 - last.line))
                open.removeLast()
            }
            guard beginnings.contains(index + 1), !code.hasPrefix("//"),
                !code.hasSuffix("}"), !code.hasPrefix("."), !code.hasPrefix("self.")
            else { continue }
            if code.hasSuffix("{") || code.hasSuffix("(") { open.append((indentation, index + 1)) }
        }
        return found
    }

    private static func summary(_ sizes: [Int], of what: String) -> String {
        let sorted = sizes.sorted()
        guard let most = sorted.last else { return "no \(what)" }
        return "\(sorted.count) \(what): median \(sorted[sorted.count / 2]) lines, "
            + "95th percentile \(sorted[sorted.count * 95 / 100]), at most \(most);"
    }
}
