/// `proxies.json`: where the proxy between each two nodes listens.
struct ProxyTable: JSONDocument {
    /// The proxy that `from` dials instead of `to`.
    struct Proxy: Codable {
        var from: String
        var to: String
        var port: UInt16
        /// Where `to` itself listens.
        var target: UInt16
    }

    var proxies: [Proxy]
}
