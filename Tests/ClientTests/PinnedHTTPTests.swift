import Console
import TestKit
import Testing

@testable import Client

@Suite struct PinnedHTTPTests {
    @Test(arguments: [
        ("https://127.0.0.1:8443", "127.0.0.1", 8_443),
        ("https://node.example:1/", "node.example", 1),
        ("https://[::1]:65535", "::1", 65_535),
    ])
    func `a node's API is read`(_ url: String, _ host: String, _ port: Int) {
        let place = PinnedHTTP.place(in: url)
        #expect(place?.host == host)
        #expect(place?.port == port)
    }

    @Test(arguments: [
        "http://127.0.0.1:8443", "https://127.0.0.1", "https://127.0.0.1:0", "https://:1",
        "https://127.0.0.1:65536", "https://a@b:1", "https://a/b:1", "https://::1:1",
        "https://a b:1", "https://a:+1", "https://a:1//", "https://[]:1",
    ])
    func `any other place is refused`(_ url: String) {
        #expect(PinnedHTTP.place(in: url) == nil)
    }

    @Test func `a file without a certificate is named`() throws {
        try withTemporaryDirectory { directory in
            _ = #expect {
                _ = try PinnedHTTP(url: "https://127.0.0.1:1", certificate: directory + "/api.pem")
            } throws: {
                "\($0)".contains(directory + "/api.pem")
            }
        }
    }
}
