import Foundation
import Testing

/// Every link of the documentation that leads into this checkout leads somewhere.
@Suite struct LinkTests {
    static let documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "cluster"]

    @Test func `no link of the documentation is dead`() throws {
        let files = try Checkout.files(in: Self.documents, endings: [".md"])
        let link = try Regex<(Substring, Substring)>(#"\]\(([^)\s]+)\)"#)
        var checked = 0
        for file in files {
            for (number, line) in file.lines.enumerated() {
                for match in line.matches(of: link) {
                    guard let fault = Self.fault(of: String(match.1), in: file) else { continue }
                    Issue.record("\(file.path):\(number + 1): \(match.1): \(fault)")
                }
                checked += line.matches(of: link).count
            }
        }
        #expect(checked > 30)
    }

    /// What is wrong with `link`; nil if it leads somewhere, or out of the checkout.
    private static func fault(of link: String, in file: Checkout.File) -> String? {
        if link.contains("://") || link.hasPrefix("mailto:") { return nil }
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let folder = Checkout.root.appendingPathComponent(file.path).deletingLastPathComponent()
        let target =
            parts[0].isEmpty
            ? Checkout.root.appendingPathComponent(file.path)
            : folder.appendingPathComponent(String(parts[0]))
        guard FileManager.default.fileExists(atPath: target.path) else { return "no such file" }
        guard parts.count == 2, target.pathExtension == "md" else { return nil }
        guard let text = try? String(contentsOf: target, encoding: .utf8) else {
            return "cannot be read"
        }
        return anchors(in: text).contains(String(parts[1])) ? nil : "no such heading"
    }

    /// The anchors of a document's headings, as forges make them.
    private static func anchors(in text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
                let title = line.drop { $0 == "#" || $0 == " " }.lowercased()
                return String(
                    title.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
                        .map { $0 == " " ? "-" : $0 })
            })
    }
}
