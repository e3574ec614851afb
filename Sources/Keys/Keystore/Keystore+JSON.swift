import FoundationEssentials
package import Protocol

extension Keystore {
    /// Reads the JSON text of a keystore.
    ///
    /// Throws ``KeystoreError/notAKeystore(reason:)`` for any other text, and
    /// ``KeystoreError/unsupported(reason:)`` for another cipher or key derivation.
    package init(json: Bytes) throws(KeystoreError) {
        let document: KeystoreDocument
        do {
            document = try JSONDecoder().decode(KeystoreDocument.self, from: Data(json))
        } catch let error as Swift.DecodingError {
            throw .notAKeystore(reason: error.place)
        } catch {
            throw .notAKeystore(reason: "it is not JSON")
        }
        guard document.version == 3 else {
            throw .notAKeystore(reason: "its version is \(document.version)")
        }
        let crypto = document.crypto
        guard crypto.cipher == "aes-128-ctr" else {
            throw .unsupported(reason: "its cipher is \(crypto.cipher)")
        }
        let counter = try Self.bytes(crypto.cipherparams.iv, of: "iv", count: 16)
        let ciphertext = try Self.bytes(crypto.ciphertext, of: "ciphertext", count: 32)
        let checksum = try Self.bytes(crypto.mac, of: "mac", count: 32)
        self.init(
            address: try document.address.map(Self.address), identifier: document.id ?? "",
            derivation: try Self.derivation(crypto), counter: counter, ciphertext: ciphertext,
            checksum: checksum)
    }

    private static func address(_ text: String) throws(KeystoreError) -> Address {
        guard let address = Address(hexadecimal: text) else {
            throw .notAKeystore(reason: "its address is not 40 hexadecimal digits")
        }
        return address
    }

    private static func bytes(
        _ text: String, of field: String, count: Int
    ) throws(KeystoreError) -> Bytes {
        guard let bytes = Hexadecimal.decode(text), bytes.count == count else {
            throw .notAKeystore(reason: "\(field) is not \(count) bytes in hexadecimal digits")
        }
        return bytes
    }

    private static func derivation(
        _ crypto: KeystoreDocument.Crypto
    ) throws(KeystoreError) -> KeyDerivation {
        let parameters = crypto.kdfparams
        guard let salt = Hexadecimal.decode(parameters.salt), salt.count <= 1_024 else {
            throw .notAKeystore(reason: "salt is not whole bytes in hexadecimal digits")
        }
        guard parameters.dklen == 32 else {
            throw .unsupported(reason: "its derived key has \(parameters.dklen) bytes, not 32")
        }
        switch (crypto.kdf, parameters.n, parameters.r, parameters.p, parameters.c) {
        case ("scrypt", let n?, let r?, let p?, _):
            return .scrypt(n: n, r: r, p: p, salt: salt)
        case ("pbkdf2", _, _, _, let iterations?):
            guard parameters.prf == "hmac-sha256" else {
                throw .unsupported(reason: "its prf is \(parameters.prf ?? "missing")")
            }
            return .pbkdf2(iterations: iterations, salt: salt)
        case ("scrypt", _, _, _, _), ("pbkdf2", _, _, _, _):
            throw .notAKeystore(reason: "kdfparams lacks a number that \(crypto.kdf) needs")
        default:
            throw .unsupported(reason: "its kdf is \(crypto.kdf)")
        }
    }

    /// The keystore's JSON text.
    package var json: Bytes {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(document)) + [UInt8(ascii: "\n")]
        } catch {
            fatalError("text and numbers are always encodable: \(error)")
        }
    }

    private var document: KeystoreDocument {
        var parameters = KeystoreDocument.DerivationParameters(dklen: 32, salt: "")
        let name: String
        switch derivation {
        case .scrypt(let n, let r, let p, let salt):
            name = "scrypt"
            parameters.salt = Hexadecimal.encode(salt)
            (parameters.n, parameters.r, parameters.p) = (n, r, p)
        case .pbkdf2(let iterations, let salt):
            name = "pbkdf2"
            parameters.salt = Hexadecimal.encode(salt)
            (parameters.c, parameters.prf) = (iterations, "hmac-sha256")
        }
        return KeystoreDocument(
            version: 3, id: identifier.isEmpty ? nil : identifier,
            address: address.map { Hexadecimal.encode($0.bytes) },
            crypto: KeystoreDocument.Crypto(
                cipher: "aes-128-ctr",
                cipherparams: .init(iv: Hexadecimal.encode(counter)),
                ciphertext: Hexadecimal.encode(ciphertext), kdf: name, kdfparams: parameters,
                mac: Hexadecimal.encode(checksum)))
    }
}

extension Swift.DecodingError {
    /// What was missing or of the wrong kind, without the values.
    fileprivate var place: String {
        func path(_ context: Context, _ last: String? = nil) -> String {
            (context.codingPath.map(\.stringValue) + (last.map { [$0] } ?? []))
                .joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "\(path(context, key.stringValue)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(path(context)) is of the wrong kind"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is not JSON" : "\(path(context)) is wrong"
        @unknown default:
            return "it is not JSON"
        }
    }
}
