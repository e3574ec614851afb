import Foundation

/// The files of this checkout, as its readers see them.
enum Checkout {
    /// The checkout's folder.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A file with its path below the checkout's folder, and its text.
    struct File: Sendable {
        let path: String
        let text: String

        /// Its lines, empty ones too; the first is number 1.
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        /// The numbers of the lines in which `pattern` stands, in order; each match ends in one.
        func numbers(of pattern: NSRegularExpression) -> [Int] {
            var (number, place) = (1, text.startIndex)
            let all = NSRange(text.startIndex..., in: text)
            return pattern.matches(in: text, range: all).compactMap { match in
                guard let end = Range(match.range, in: text)?.upperBound else { return nil }
                let last = end > place ? text.index(before: end) : end
                number += text.utf8[place..<last].count { $0 == 10 }
                place = last
                return number
            }
        }
    }

    /// Every file below `folders` whose name ends in one of `endings` (all names for none).
    static func files(in folders: [String], endings: [String] = []) throws -> [File] {
        try folders.flatMap { folder in
            try paths(in: folder).filter { path in
                endings.isEmpty || endings.contains { path.hasSuffix($0) }
            }.compactMap { path in
                let data = try Data(contentsOf: root.appendingPathComponent(path))
                return String(data: data, encoding: .utf8).map { File(path: path, text: $0) }
            }
        }
    }

    /// The paths of all files below `folder`, or `folder` itself if it is one.
    private static func paths(in folder: String) throws -> [String] {
        if !isDirectory(folder) { return [folder] }
        return try FileManager.default.subpathsOfDirectory(
            atPath: root.appendingPathComponent(folder).path
        ).sorted().map { "\(folder)/\($0)" }.filter { !isDirectory($0) }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        let place = root.appendingPathComponent(path).path
        return FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory)
            && isDirectory.boolValue
    }
}
