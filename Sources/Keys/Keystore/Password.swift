package import Protocol

/// What opens a keystore; it never shows in a text.
package struct Password: Hashable, Sendable {
    /// The password's bytes, UTF-8 as the person typed it.
    let bytes: Bytes

    /// The longest password, in bytes.
    package static let limit = 4_096

    package init(_ bytes: Bytes) {
        self.bytes = bytes
    }

    /// The password as a text; what is no UTF-8 in it is lost.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Reads a password file; one trailing line end does not belong to the password.
    ///
    /// Throws where others may use the file (``FileError/exposed(path:permissions:)``), and for a
    /// file without a password in it.
    package init(file path: String) throws(KeystoreError) {
        let content = try KeystoreError.reading { () throws(FileError) in
            try DurableFile.readSecret(at: path, limit: Self.limit)
        }
        try self.init(content: content, from: path)
    }

    /// Reads a password from an open file descriptor to its end, as ``init(file:)`` does.
    package init(descriptor: Int32) throws(KeystoreError) {
        let name = "file descriptor \(descriptor)"
        let content = try KeystoreError.reading { () throws(FileError) in
            try DurableFile.readToEnd(descriptor, path: name, limit: Self.limit)
        }
        try self.init(content: content, from: name)
    }

    private init(content: Bytes, from source: String) throws(KeystoreError) {
        var content = content
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        if content.last == UInt8(ascii: "\r") { content.removeLast() }
        guard !content.isEmpty else { throw .noPassword(source: source) }
        bytes = content
    }

    /// A new password of 32 digits in base 16.
    package static func random() -> Password {
        Password(Hexadecimal.encode(Bytes.random(count: 16)))
    }

    /// Writes the password to a new file that its owner alone may read.
    package func write(toFile path: String) throws(FileError) {
        try DurableFile.write(bytes + [UInt8(ascii: "\n")], to: path, existing: .keep)
    }
}

extension Password: CustomStringConvertible, CustomDebugStringConvertible {
    /// Says that there is one, not which.
    package var description: String { "password (hidden)" }
    package var debugDescription: String { description }
}
