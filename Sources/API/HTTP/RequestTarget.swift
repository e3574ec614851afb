internal import Foundation

/// A request's path and what its query says.
struct RequestTarget {
    /// The path, before the question mark.
    let path: String
    /// The path's parts, each decoded.
    let segments: [String]
    private let query: [String: String]

    init(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? "/"
        segments = path.split(separator: "/").map { Self.decode($0) }
        var query: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Self.decode(sides[0])] = sides.count > 1 ? Self.decode(sides[1]) : ""
        }
        self.query = query
    }

    subscript(name: String) -> String? { query[name] }

    /// Undoes percent-encoding (RFC 3986, 2.1); a part that is not encoded right stays as it is.
    private static func decode(_ text: Substring) -> String {
        let text = text.replacing("+", with: " ")
        return text.removingPercentEncoding ?? String(text)
    }
}
