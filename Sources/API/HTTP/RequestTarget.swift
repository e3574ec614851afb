internal import Foundation
package import Protocol

/// A request's path and what its query says.
package struct RequestTarget {
    /// The path, before the question mark.
    package let path: UntrustedText
    /// The path's parts, each decoded.
    package let segments: [UntrustedText]
    private let query: [String: UntrustedText]

    init(_ text: UntrustedText) {
        let parts = text.verbatim.split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first ?? "/"
        self.path = UntrustedText(String(path))
        segments = path.split(separator: "/").map { Self.decode($0) }
        var query: [String: UntrustedText] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Self.decode(sides[0]).verbatim] = sides.count > 1 ? Self.decode(sides[1]) : ""
        }
        self.query = query
    }

    /// What the query says under `name`.
    package subscript(name: String) -> UntrustedText? { query[name] }

    /// Undoes percent-encoding (RFC 3986, 2.1); a part that is not encoded right stays as it is.
    private static func decode(_ text: Substring) -> UntrustedText {
        let text = text.replacing("+", with: " ")
        return UntrustedText(text.removingPercentEncoding ?? String(text))
    }
}
