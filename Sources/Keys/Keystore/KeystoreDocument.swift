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

    enum CodingKeys: String, CodingKey {
        case version, id, address, crypto
        /// Some old clients wrote the name with a capital letter.
        case capitalCrypto = "Crypto"
    }

    init(version: Int, id: String?, address: String?, crypto: Crypto) {
        self.version = version
        self.id = id
        self.address = address
        self.crypto = crypto
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decode(Int.self, forKey: .version)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        let address = try container.decodeIfPresent(String.self, forKey: .address)
        self.address = address.flatMap { $0.isEmpty ? nil : $0 }
        let old = try container.decodeIfPresent(Crypto.self, forKey: .capitalCrypto)
        crypto = try old ?? container.decode(Crypto.self, forKey: .crypto)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encodeIfPresent(address, forKey: .address)
        try container.encode(crypto, forKey: .crypto)
    }
}
