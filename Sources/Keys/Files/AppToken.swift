package import Protocol

/// The token by which a node's own programs use its app: whoever may read the node's directory has it.
package enum AppToken {
    private static func path(in directory: String) -> String { directory + "/app-token" }

    /// The token in `directory`; a new one if there is none yet.
    package static func take(in directory: String) throws(FileError) -> Bytes {
        do throws(FileError) {
            return try read(in: directory)
        } catch .missing {
            let token = Bytes.random(count: 32)
            let text = Array((Hexadecimal.encode(token) + "\n").utf8)
            try DurableFile.write(text, to: path(in: directory), existing: .keep)
            return token
        }
    }

    /// The token in `directory`; throws if there is none, or if others may read it.
    package static func read(in directory: String) throws(FileError) -> Bytes {
        let path = path(in: directory)
        let bytes = try DurableFile.readSecret(at: path, limit: 100)
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
        guard let token = Hexadecimal.decode(text), token.count == 32 else {
            throw .malformed(path: path, reason: "it is no token of 64 digits in base 16")
        }
        return token
    }
}
