package import HTTPTypes

extension HTTPField.Name {
    /// A name that is written in this program; only such may be given, since a text that is no
    /// token ends it.
    package init(token: StaticString) {
        guard let name = Self("\(token)") else { preconditionFailure("no field name: \(token)") }
        self = name
    }

    /// Whom an HTTP/1.1 client means; HTTP/2 has ":authority" for it.
    static let hostName = Self(token: "host")
    /// What a client of server-sent events saw last (WHATWG HTML 9.2).
    package static let lastEventID = Self(token: "last-event-id")
    /// What a page tells other sites about where it was left from.
    package static let referrerPolicy = Self(token: "referrer-policy")
}

extension HTTPFields {
    /// The fields as they came; nil where a name is no token (RFC 9110, section 5.1).
    init?(received: some Sequence<(name: String, value: String)>) {
        self.init()
        for (name, value) in received {
            guard let name = HTTPField.Name(name) else { return nil }
            append(HTTPField(name: name, value: value))
        }
    }
}
