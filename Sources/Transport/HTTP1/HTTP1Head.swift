internal import HTTPTypes
internal import NIOHTTP1

/// The header of an HTTP/1.1 request, with what follows from it.
struct HTTP1Head: Sendable {
    /// How a body's end is told (RFC 9112, section 6.3).
    enum Length: Sendable {
        case fixed(Int)
        case chunked

        var isNothing: Bool {
            if case .fixed(0) = self { return true }
            return false
        }
    }

    let request: RequestHead
    let length: Length
    /// Whether the client speaks HTTP/1.1, not 1.0, and so understands chunked responses.
    let isOneOne: Bool
    /// Whether the connection may serve another request after this.
    let keepsAlive: Bool
    /// Whether the client waits for "100 Continue" before it sends the body.
    let expectsContinue: Bool

    /// Takes what llhttp read, where no program could read it otherwise.
    init(_ head: HTTPRequestHead) throws(HTTP1Failure) {
        isOneOne = head.version == .http1_1
        let pairs = head.headers.lazy.map { (name: $0.name, value: $0.value) }
        guard let fields = HTTPFields(received: pairs) else { throw .bad("header field") }
        let hosts = fields[values: .hostName]
        guard hosts.count == 1 || (hosts.isEmpty && !isOneOne) else { throw .bad("host") }
        length = try Self.length(fields, isOneOne: isOneOne)
        var request = RequestHead(
            method: head.method.rawValue, path: head.uri, authority: hosts.first ?? "",
            headers: fields)
        try Self.reduceTarget(&request)
        self.request = request
        let options = (fields[.connection] ?? "").lowercased()
            .split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
        // After what could become another protocol llhttp reads no further request.
        keepsAlive =
            isOneOne && !options.contains("close") && !fields.contains(.upgrade)
            && head.method != .CONNECT
        let expectation = fields[.expect]?.lowercased()
        guard expectation == nil || expectation == "100-continue" else {
            throw HTTP1Failure(status: 417, "expectation")
        }
        expectsContinue = isOneOne && expectation != nil && !length.isNothing
    }

    /// How the body ends; both ways at once are an attack.
    private static func length(
        _ fields: HTTPFields, isOneOne: Bool
    ) throws(HTTP1Failure) -> Length {
        let codings = fields[values: .transferEncoding]
        let lengths = fields[values: .contentLength]
        if !codings.isEmpty {
            guard lengths.isEmpty, isOneOne else { throw .bad("two kinds of length") }
            guard codings.count == 1, codings[0].lowercased() == "chunked" else {
                throw HTTP1Failure(status: 501, "transfer coding")
            }
            return .chunked
        }
        guard let text = lengths.first else { return .fixed(0) }
        guard lengths.count == 1, (1...18).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
        else { throw .bad("content-length") }
        return .fixed(length)
    }

    /// Brings a target in absolute form to a path (RFC 9112, section 3.2.2).
    private static func reduceTarget(_ request: inout RequestHead) throws(HTTP1Failure) {
        if request.path.hasPrefix("/") || (request.path == "*" && request.method == "OPTIONS") {
            return
        }
        for scheme in ["http://", "https://"] where request.path.hasPrefix(scheme) {
            let rest = request.path.dropFirst(scheme.count)
            let path = rest.drop { $0 != "/" && $0 != "?" }
            request.authority = String(rest[..<path.startIndex])
            request.path = path.hasPrefix("/") ? String(path) : "/" + path
            return
        }
        throw .bad("request target")
    }
}
