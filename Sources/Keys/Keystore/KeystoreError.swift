package import Protocol

/// Why a keystore gave no key.
package enum KeystoreError: Error, Hashable, Sendable {
    /// The keystore's or the password's file could not be used.
    case file(FileError)
    /// The password source held nothing.
    case noPassword(source: String)
    /// The text is no keystore of version 3; with what is missing or wrong.
    case notAKeystore(reason: String)
    /// It is a keystore, but asks for what is not supported or would take too much memory or time.
    case unsupported(reason: String)
    /// The password does not open it, or the file was damaged: its checksum does not come out.
    case wrongPassword
    /// The key inside belongs to another address than the file says.
    case foreignKey(stated: Address, found: Address)
}

extension KeystoreError {
    /// What `body` reads; throws as one of these why the file could not be used.
    static func reading(_ body: () throws(FileError) -> Bytes) throws(KeystoreError) -> Bytes {
        do throws(FileError) {
            return try body()
        } catch {
            throw .file(error)
        }
    }
}

extension KeystoreError: CustomStringConvertible {
    /// One line for a person.
    package var description: String {
        switch self {
        case .file(let error): error.description
        case .noPassword(let source): "\(source): holds no password"
        case .notAKeystore(let reason): "not a keystore of version 3: \(reason)"
        case .unsupported(let reason): "keystore not supported: \(reason)"
        case .wrongPassword: "the password does not open the keystore"
        case .foreignKey(let stated, let found):
            "the keystore says it holds the key of \(stated), but it holds that of \(found)"
        }
    }
}
