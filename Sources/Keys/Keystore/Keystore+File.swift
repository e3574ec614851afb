package import Protocol

extension Keystore {
    /// Reads a keystore's file, which its owner alone may use.
    package init(file path: String) throws(KeystoreError) {
        let json = try KeystoreError.reading { () throws(FileError) in
            try DurableFile.readSecret(at: path)
        }
        do throws(KeystoreError) {
            try self.init(json: json)
        } catch .notAKeystore(let reason) {
            throw .notAKeystore(reason: "\(path): \(reason)")
        } catch .unsupported(let reason) {
            throw .unsupported(reason: "\(path): \(reason)")
        } catch {
            throw error
        }
    }

    /// Writes the keystore to a new file of mode 0600, in a directory made with mode 0700 where it
    /// is missing; a file that is there already stays as it is.
    package func write(toFile path: String) throws(FileError) {
        try DurableFile.makePrivateDirectory(at: DurableFile.directory(of: path))
        try DurableFile.write(json, to: path, existing: .keep)
    }

    /// The key in the keystore at `path`, opened with the password in the file at `passwordFile`.
    package static func unlock(
        file path: String, passwordFile: String
    ) throws(KeystoreError) -> PrivateKey {
        let keystore = try Keystore(file: path)
        return try keystore.unlock(Password(file: passwordFile))
    }
}
