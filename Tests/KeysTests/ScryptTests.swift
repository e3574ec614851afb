import Protocol
import Testing

@testable import Keys

@Suite struct ScryptTests {
    @Test(arguments: [(16, 1, 1), (1_024, 8, 2), (256, 3, 5), (2, 2, 1)])
    func `scrypt of one's own gives what the library gives`(_ n: Int, _ r: Int, _ p: Int) throws {
        let (password, salt) = (Array("pleaseletmein".utf8), Array("SodiumChloride".utf8))
        let expected = try #require(
            Scrypt.libraryKey(password, salt: salt, n: n, r: r, p: p))
        #expect(Scrypt.ownKey(password, salt: salt, n: n, r: r, p: p) == expected)
    }

    /// The first 32 bytes of the vectors in RFC 7914, section 12.
    @Test func `the RFC's figures come out`() {
        #expect(
            Scrypt.ownKey([], salt: [], n: 16, r: 1, p: 1).map(Hexadecimal.encode)
                == "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442")
        #expect(
            Scrypt.libraryKey(
                Array("password".utf8), salt: Array("NaCl".utf8), n: 1_024, r: 8, p: 16
            ).map(Hexadecimal.encode)
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
    }
}
