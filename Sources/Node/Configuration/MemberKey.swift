package import Keys
package import Protocol

/// A member's keys, each in a file of the member's directory.
package enum MemberKey: String {
    /// It owns the tokens and signs transactions; a validator's votes too.
    case account
    /// The smart meter's own.
    case meter

    /// Where the key lies in its member's directory.
    package var files: KeyFiles {
        KeyFiles(keystore: "keys/\(rawValue).json", passwordFile: "keys/\(rawValue).password")
    }

    /// Makes the key in `directory` under a random password; that is long enough for the light cost.
    package func make(in directory: String) throws -> PrivateKey {
        let key = PrivateKey.random()
        let password = Password.random()
        try password.write(toFile: "\(directory)/\(files.passwordFile)")
        try Keystore(sealing: key, password: password, cost: .light)
            .write(toFile: "\(directory)/\(files.keystore)")
        return key
    }

    /// The mark of the key in `directory`.
    package func neverVotedMark(in directory: String) -> NeverVotedMark {
        NeverVotedMark(keystore: "\(directory)/\(files.keystore)")
    }
}
