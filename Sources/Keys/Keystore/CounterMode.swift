import COpenSSL
import Protocol

/// AES-128 in counter mode (NIST SP 800-38A), which is its own inverse.
enum CounterMode {
    /// `text` under a key and a first counter of 16 bytes each; nil if the library refuses.
    static func transform(_ text: Bytes, key: Bytes, counter: Bytes) -> Bytes? {
        guard key.count == 16, counter.count == 16, let length = Int32(exactly: text.count),
            let context = EVP_CIPHER_CTX_new()
        else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var result = Bytes(repeating: 0, count: text.count)
        var written: Int32 = 0
        guard EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), nil, key, counter) == 1,
            EVP_EncryptUpdate(context, &result, &written, text, length) == 1,
            written == length
        else { return nil }
        return result
    }
}
