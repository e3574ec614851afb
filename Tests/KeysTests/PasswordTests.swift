import Foundation
import Protocol
import TestKit
import Testing
import Keys

@Suite struct PasswordTests {
    @Test(arguments: [
        ("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"),
        ("secret\n\n", "secret\n"), (" two words \n", " two words "),
    ])
    func `one line end does not belong to the password`(_ text: String, _ meant: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/password"
            try DurableFile.write(Array(text.utf8), to: path)
            #expect(try Password(file: path) == Password(meant))
        }
    }

    @Test func `an empty password file is refused`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/password"
            try DurableFile.write([UInt8(ascii: "\n")], to: path)
            #expect(throws: KeystoreError.noPassword(source: path)) { try Password(file: path) }
        }
    }

    @Test func `a password that others may read is refused`() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/password"
            try DurableFile.write([65], to: path, readableBy: .everyone)
            #expect(throws: KeystoreError.file(.exposed(path: path, permissions: 0o644))) {
                try Password(file: path)
            }
        }
    }

    @Test func `a password comes from a descriptor too`() throws {
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data("from a pipe\n".utf8))
        try pipe.fileHandleForWriting.close()
        let password = try Password(descriptor: pipe.fileHandleForReading.fileDescriptor)
        #expect(password == Password("from a pipe"))
    }

    @Test func `a password never shows in a text`() {
        let password = Password("swordfish")
        #expect(!"\(password) \(String(reflecting: password))".contains("swordfish"))
    }

    @Test func `random passwords differ and survive their file`() throws {
        try withTemporaryDirectory { directory in
            let password = Password.random()
            #expect(password != Password.random())
            try password.write(toFile: directory + "/password")
            #expect(try permissions(of: directory + "/password") == 0o600)
            #expect(try Password(file: directory + "/password") == password)
        }
    }
}
