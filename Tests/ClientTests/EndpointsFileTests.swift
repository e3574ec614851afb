import Console
import Foundation
import TestKit
import Testing

@testable import Client

@Suite struct EndpointsFileTests {
    @Test(.enabled(if: geteuid() == 0, "only root may give a file away"))
    func `another user's testnet is not acted upon`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/endpoints.json"
            let file = EndpointsFile(chainId: 7, ca: "", contracts: [:], abi: [:], nodes: [])
            try file.write(directory: directory)
            #expect(try EndpointsFile(directory: directory).chainId == 7)
            #expect(chown(path, 1_234, 1_234) == 0)
            let error = #expect(throws: CommandFailure.self) {
                try EndpointsFile(directory: directory)
            }
            #expect(error?.description.contains("another user of this machine (1234)") == true)
        }
    }
}
