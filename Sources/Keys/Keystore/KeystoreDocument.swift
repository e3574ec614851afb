/// The fields of a keystore's JSON text, under the names that they have there.
struct KeystoreDocument: Codable {
    struct Crypto: Codable {
        var cipher: String
        var cipherparams: CipherParameters
        var ciphertext: String
        var kdf: String
        var kdfparams: DerivationParameters
        var mac: String
    }

    struct CipherParameters: Codable {
        var iv: String
    }

    struct DerivationParameters: Codable {
        var dklen: UInt64
        var salt: String
        var n: UInt64?
        var r: UInt64?
        var p: UInt64?
        var c: UInt64?
        var prf: String?
    }

    var version: Int
    var id: String?
    var address: String?
    var crypto: Crypto
}

extension KeystoreDocument {
    /// Some old clients wrote the name with a capital letter.
    private enum OldKeys: String, CodingKey {
        case crypto = "Crypto"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decode(Int.self, forKey: .version)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        let address = try container.decodeIfPresent(String.self, forKey: .address)
        self.address = address.flatMap { $0.isEmpty ? nil : $0 }
        let old = try decoder.container(keyedBy: OldKeys.self)
            .decodeIfPresent(Crypto.self, forKey: .crypto)
        crypto = try old ?? container.decode(Crypto.self, forKey: .crypto)
    }
}
