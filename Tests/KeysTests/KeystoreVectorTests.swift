import Protocol
import Testing

@testable import Keys

/// The published test vectors of Web3 Secret Storage.
@Suite struct KeystoreVectorTests {
    static let secret = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
    static let account = "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b"

    static let pbkdf2 = """
        {"crypto": {"cipher": "aes-128-ctr",
          "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
          "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
          "kdf": "pbkdf2", "kdfparams": {"c": 262144, "dklen": 32, "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
          "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
         "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3}
        """

    /// The published keystore's key, password, counter and salt, written again with geth's
    /// standard cost by Python's `hashlib.scrypt`, `openssl enc` and a Keccak of its own.
    static let scrypt = """
        {"crypto": {"cipher": "aes-128-ctr",
          "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
          "ciphertext": "b160ff7e6d855b53a3f8d65e4b2850584cfaa01751807f19d07c298de16f802d",
          "kdf": "scrypt", "kdfparams": {"dklen": 32, "n": 262144, "r": 8, "p": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
          "mac": "daeeba49ffae86381ae33f74c05dc0038888a7806267a04a1ae2183a7f2b7b17"},
         "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3}
        """

    /// The published vector, whose r is too small for its n (RFC 7914, section 2).
    static let smallBlocks = """
        {"crypto": {"cipher": "aes-128-ctr",
          "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
          "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
          "kdf": "scrypt", "kdfparams": {"dklen": 32, "n": 262144, "r": 1, "p": 8,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
          "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},
         "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3}
        """

    @Test(arguments: [pbkdf2, scrypt])
    func `a published keystore opens with its password`(_ text: String) throws {
        let key = try Keystore(json: Array(text.utf8)).unlock(Password("testpassword"))
        #expect(Hexadecimal.encode(key.secret) == Self.secret)
        #expect(key.address.description == Self.account)
    }

    @Test func `a keystore that OpenSSL cannot open says what to do`() throws {
        let keystore = try Keystore(json: Array(Self.smallBlocks.utf8))
        let error = #expect(throws: KeystoreError.self) {
            try keystore.unlock(Password("testpassword"))
        }
        #expect(
            error?.description == """
                keystore not supported: scrypt with n 262144, r 1, p 8 breaks a rule of RFC 7914, \
                n < 2^(16r); open it in the wallet that wrote it and write it again with r = 8 \
                (geth account update does so)
                """)
    }

    /// The first 32 bytes of a vector in RFC 7914, section 12.
    @Test func `scrypt gives the RFC's figures`() throws {
        let derivation = KeyDerivation.scrypt(n: 1_024, r: 8, p: 16, salt: Array("NaCl".utf8))
        #expect(
            try Hexadecimal.encode(derivation.key(from: Password("password")))
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
    }

    @Test func `a keystore of an old client with a capital Crypto opens too`() throws {
        let text = Self.pbkdf2.replacing("\"crypto\"", with: "\"Crypto\"")
        let keystore = try Keystore(json: Array(text.utf8))
        #expect(throws: KeystoreError.wrongPassword) {
            try keystore.unlock(Password("testpasswort"))
        }
        #expect(try keystore.unlock(Password("testpassword")).address.description == Self.account)
    }

    @Test func `another address in the file than the key's is refused`() throws {
        let stated = Address(reserved: 0x0101)
        let text = Self.pbkdf2.replacing(
            "\"version\"", with: "\"address\": \"\(stated)\", \"version\"")
        let keystore = try Keystore(json: Array(text.utf8))
        let found = try #require(Address(hexadecimal: Self.account))
        #expect(throws: KeystoreError.foreignKey(stated: stated, found: found)) {
            try keystore.unlock(Password("testpassword"))
        }
    }

    @Test(arguments: [
        ("\"version\": 3", "\"version\": 1", "not a keystore of version 3: its version is 1"),
        ("aes-128-ctr", "aes-128-cbc", "keystore not supported: its cipher is aes-128-cbc"),
        ("\"mac\"", "\"mic\"", "not a keystore of version 3: crypto.mac is missing"),
        ("hmac-sha256", "hmac-sha1", "keystore not supported: its prf is hmac-sha1"),
        (
            "\"c\": 262144", "\"c\": \"many\"",
            "not a keystore of version 3: crypto.kdfparams.c is of the wrong kind"
        ),
        (
            "\"kdf\": \"pbkdf2\"", "\"kdf\": \"scrypt\"",
            "not a keystore of version 3: kdfparams lacks a number that scrypt needs"
        ),
        (
            "5318b4d5", "5318b4",
            "not a keystore of version 3: ciphertext is not 32 bytes in hexadecimal digits"
        ),
        ("{\"crypto\"", "\"crypto\"", "not a keystore of version 3: it is not JSON"),
    ])
    func `what is no such keystore is refused by name`(
        _ part: String, _ other: String, _ message: String
    ) throws {
        let text = Self.pbkdf2.replacing(part, with: other)
        let error = #expect(throws: KeystoreError.self) { try Keystore(json: Array(text.utf8)) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        ("\"n\": 262144", "\"n\": 262143"), ("\"n\": 262144", "\"n\": 16777216, \"x\": 0"),
        ("\"p\": 1", "\"p\": 0"),
        ("\"p\": 1", "\"p\": 64"), ("\"r\": 8", "\"r\": 4096"), ("\"r\": 8", "\"r\": 1"),
        ("\"n\": 262144", "\"n\": 18446744073709551615"),
    ])
    func `a cost that no honest keystore has is refused`(_ part: String, _ other: String) throws {
        let text = Self.scrypt.replacing(part, with: other)
        let keystore = try Keystore(json: Array(text.utf8))
        let error = #expect(throws: KeystoreError.self) {
            try keystore.unlock(Password("testpassword"))
        }
        guard case .unsupported? = error else {
            Issue.record("expected unsupported, not \(String(describing: error))")
            return
        }
    }
}
