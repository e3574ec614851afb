import Protocol
import Testing

@Suite struct KeccakTests {
    @Test(arguments: [
        ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        ("testing", "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02"),
        (
            "Transfer(address,address,uint256)",
            "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
        ),
    ])
    func `published digests come out`(text: String, digest: String) {
        #expect(Keccak256.hash(Array(text.utf8)).description == "0x" + digest)
    }

    @Test func `lengths around the rate of 136 bytes come out`() {
        // Digests of that many bytes 0x61, from an independent implementation.
        let expected: [Int: String] = KeccakTests.repeated
        for (count, digest) in expected {
            let hash = Keccak256.hash(Bytes(repeating: 0x61, count: count))
            #expect(Hexadecimal.encode(hash.bytes) == digest, "\(count) bytes")
        }
    }
}

extension KeccakTests {
    static let repeated: [Int: String] = [
        1: "3ac225168df54212a25c1c01fd35bebfea408fdac2e31ddd6f80a4bbf9a5f1cb",
        135: "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446",
        136: "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e",
        137: "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39",
        271: "132f47effd6c8b1b299efa53fe68aece77ec8ae4eb2e294f668eec94f76001e1",
        272: "cf7fcd4f705ee749930d19ca84561a9bf62516bd90a471545fa2f49fdc7e63c8",
        1000: "b6a4ac1f51884d71f30fa397a5e155de3099e11fc0edef5d08b646e621e19de9",
    ]
}
