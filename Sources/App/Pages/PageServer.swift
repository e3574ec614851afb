import API
internal import CPages
import HTTPTypes
import Protocol
import Transport

/// Gives the app's files, which are in the program, to browsers: each compressed once, when the node
/// starts.
///
/// What a page needs lies below `/files/HASH/`, where HASH changes with any of the files, and is kept
/// by browsers for ever; the pages themselves are asked for again each time, and answered with 304 if
/// they are the same. Below `/files/` alone it lies as well, for whoever looks.
struct PageServer: Sendable {
    private struct File {
        let type: String
        let plain: [UInt8]
        let compressed: [UInt8]
        let tag: String

        init(_ bytes: [UInt8], type: String) {
            self.type = type
            plain = bytes
            compressed = Gzip.compress(bytes)
            tag = "\"\(SHA256.hash(bytes).description.dropFirst(2).prefix(16))\""
        }
    }

    /// Where the pages say that the files lie.
    private static let root = "/files/"

    private let files: [String: File]
    private let prefix: String

    /// The files in the program.
    init() { self.init(Self.embedded()) }

    /// `files`, by their paths.
    init(_ files: [String: [UInt8]]) {
        var all: [UInt8] = []
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            all += SHA256.hash(Array(path.utf8) + [0] + bytes).bytes
        }
        let hash = SHA256.hash(all).description.dropFirst(2).prefix(16)
        let prefix = Self.root + "\(hash)/"
        self.prefix = prefix
        self.files = Dictionary(
            uniqueKeysWithValues: files.map { path, bytes in
                let type = Self.type(of: path)
                guard path.hasSuffix(".html") || path == "sw.js" || path.hasSuffix(".webmanifest")
                else { return (path, File(bytes, type: type)) }
                let text = String(decoding: bytes, as: UTF8.self)
                    .replacing(Self.root, with: prefix)
                return (path, File(Array(text.utf8), type: type))
            })
    }

    private static func embedded() -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for page in UnsafeBufferPointer(start: busbar_pages, count: busbar_page_count) {
            files[String(cString: page.path)] =
                Array(UnsafeBufferPointer(start: page.bytes, count: page.size))
        }
        return files
    }

    /// The answer to a request for the file at `path`; nil if there is none.
    func reply(to request: Request, path: String) -> Reply? {
        if path.hasPrefix(prefix) {
            return files[String(path.dropFirst(prefix.count))].map {
                reply($0, request, caching: "public, max-age=31536000, immutable")
            }
        }
        let name =
            path.hasPrefix(Self.root)
            ? String(path.dropFirst(Self.root.count)) : Self.page(at: path)
        return name.flatMap { files[$0] }.map { reply($0, request, caching: "no-cache") }
    }

    private func reply(_ file: File, _ request: Request, caching: String) -> Reply {
        var reply = Reply()
        reply.safety = Self.safety
        reply.headers = [.eTag: file.tag, .cacheControl: caching, .vary: "accept-encoding"]
        if request.headers[.ifNoneMatch]?.contains(file.tag) == true {
            reply.status = 304
            return reply
        }
        reply.type = file.type
        let accepted = request.headers[.acceptEncoding] ?? ""
        if accepted.contains("gzip"), file.compressed.count < file.plain.count {
            reply.headers[.contentEncoding] = "gzip"
            reply.body = file.compressed
        } else {
            reply.body = file.plain
        }
        return reply
    }

    /// The document at an address; nil where no page lives. Each panel has an address of its own, at
    /// which the app looks itself.
    private static func page(at path: String) -> String? {
        switch path.split(separator: "/").first {
        case nil, "market", "history", "street", "more": "index.html"
        case "operator": "operator.html"
        case "sign-in": "sign-in.html"
        case "pair": "pair.html"
        case "trust": "trust.html"
        case "sw.js", "app.webmanifest": String(path.dropFirst())
        default: nil
        }
    }

    private static func type(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "json": "application/json"
        case "webmanifest": "application/manifest+json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        default: "text/plain; charset=utf-8"
        }
    }

    /// What every page carries: it runs and shows what this node gives it, and nothing else, and no
    /// other page may frame it.
    private static let safety: HTTPFields = {
        var fields: HTTPFields = [
            .contentSecurityPolicy: """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
            connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; \
            base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
            trusted-types busbar
            """,
            .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer",
        ]
        if let name = HTTPField.Name("cross-origin-opener-policy") { fields[name] = "same-origin" }
        return fields
    }()
}
