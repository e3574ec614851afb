import Foundation
import Protocol
import TestKit
import Testing
import Keys

@Suite struct KeystoreTests {
    @Test func `a sealed key comes back with its password and no other`() throws {
        let key = PrivateKey.random()
        let sealed = try Keystore(sealing: key, password: Password("horse"), cost: .light)
        let read = try Keystore(json: sealed.json)
        #expect(read == sealed)
        #expect(read.address == key.address)
        #expect(try read.unlock(Password("horse")) == key)
        #expect(throws: KeystoreError.wrongPassword) { try read.unlock(Password("house")) }
    }

    @Test func `the standard cost is the one other clients use`() {
        guard case .scrypt(262_144, 8, 1, let salt) = KeyDerivation.scrypt(.standard) else {
            Issue.record("not the standard cost")
            return
        }
        #expect(salt.count == 32)
    }

    @Test func `the file has the fields that other clients read`() throws {
        let key = PrivateKey.random()
        let json = try Keystore(sealing: key, password: Password("x"), cost: .light).json
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect(object["version"] as? Int == 3)
        #expect(object["address"] as? String == String(key.address.description.dropFirst(2)))
        #expect(UUID(uuidString: object["id"] as? String ?? "") != nil)
        let crypto = try #require(object["crypto"] as? [String: Any])
        #expect(crypto["kdf"] as? String == "scrypt")
        #expect(!String(decoding: json, as: UTF8.self).contains(Hexadecimal.encode(key.secret)))
    }

    @Test func `files are the owner's alone and never replaced`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/keys/inner/account.json"
            let keystore = try Keystore(
                sealing: .random(), password: Password("x"), cost: .light)
            try keystore.write(toFile: path)
            #expect(try permissions(of: path) == 0o600)
            #expect(try permissions(of: directory + "/keys") == 0o700)
            #expect(try permissions(of: directory + "/keys/inner") == 0o700)
            #expect(try Keystore(file: path) == keystore)
            #expect(throws: FileError.exists(path: path)) { try keystore.write(toFile: path) }
            let names = try FileManager.default.contentsOfDirectory(
                atPath: directory + "/keys/inner")
            #expect(names == ["account.json"])
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644])
    func `a keystore that others may use is refused`(_ mode: Int) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/account.json"
            let keystore = try Keystore(
                sealing: .random(), password: Password("x"), cost: .light)
            try keystore.write(toFile: path)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let error = #expect(throws: KeystoreError.self) { try Keystore(file: path) }
            #expect(error == .file(.exposed(path: path, permissions: UInt32(mode))))
            #expect(error?.description.contains("chmod 600 \(path)") == true)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root may give a file away"))
    func `a keystore of another user of the machine is refused`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/account.json"
            let keystore = try Keystore(
                sealing: .random(), password: Password("x"), cost: .light)
            try keystore.write(toFile: path)
            #expect(chown(path, 1_234, 1_234) == 0)
            let error = #expect(throws: KeystoreError.self) { try Keystore(file: path) }
            #expect(error == .file(.foreign(path: path, owner: 1_234)))
            #expect(error?.description.contains("chown 0 \(path)") == true)
        }
    }

    @Test func `what cannot be a keystore file is refused by name`() throws {
        try withTemporaryDirectory { directory in
            #expect(throws: KeystoreError.file(.missing(path: directory + "/none"))) {
                try Keystore(file: directory + "/none")
            }
            #expect(throws: KeystoreError.file(.notAFile(path: directory))) {
                try Keystore(file: directory)
            }
            let long = directory + "/long"
            try DurableFile.write(Bytes(repeating: 32, count: 100_000), to: long)
            #expect(throws: KeystoreError.file(.tooLong(path: long, limit: 65_536))) {
                try Keystore(file: long)
            }
        }
    }

    /// Whoever took it has voted since, as far as anybody knows.
    @Test func `the mark of a key that never voted is there once`() throws {
        try withTemporaryDirectory { directory in
            let mark = NeverVotedMark(keystore: directory + "/account.json")
            #expect(try !mark.take())
            try mark.make()
            #expect(try mark.take())
            #expect(try !mark.take())
            #expect(!FileManager.default.fileExists(atPath: mark.path))
        }
    }
}
