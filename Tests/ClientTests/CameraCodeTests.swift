import Testing

@testable import Client

@Suite struct `An address for a camera` {
    @Test(arguments: [
        "http://127.0.0.1:8480/pair#X", "https://localhost:8443/pair#X", "https://[::1]:8443/",
        "https://0.0.0.0:8443/pair#X", "https://[::]:8443/pair#X",
    ])
    func `of this machine alone is said to be one`(address: String) {
        #expect(CameraCode.isOfThisMachine(address))
    }

    @Test(arguments: ["https://192.168.1.20:8443/pair#X", "https://busbar.local:8443/", "x"])
    func `of the house's network is not`(address: String) {
        #expect(!CameraCode.isOfThisMachine(address))
    }
}
