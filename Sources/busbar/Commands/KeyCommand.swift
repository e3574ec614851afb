import Console
import API
import ArgumentParser
import FoundationEssentials
import Protocol
package import Keys

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, import and list keystores.",
        subcommands: [New.self, Import.self, List.self, AddressOf.self])
}

/// Where a password comes from; never from an argument, which everyone on the machine can see.
struct PasswordOptions: ParsableArguments {
    @Option(help: "The file with the password, for its owner alone (mode 0600).")
    var passwordFile: String?

    @Option(help: "The open file descriptor to read the password from.")
    var passwordFd: Int32?

    func validate() throws {
        guard (passwordFile == nil) != (passwordFd == nil) else {
            throw ValidationError("Give either --password-file or --password-fd.")
        }
    }

    func password() throws -> Password {
        if let passwordFile { return try Password(file: passwordFile) }
        guard let passwordFd else { throw CommandFailure(.failed, "there is no password") }
        return try Password(descriptor: passwordFd)
    }
}

/// A keystore that is to be made.
struct NewKeystoreOptions: ParsableArguments {
    @Option(help: "The keystore to write; it must not be there yet.")
    var keystore: String

    @OptionGroup var password: PasswordOptions

    @Option(help: "What a guess of the password costs: standard (256 MiB) or light (4 MiB).")
    var cost = KeyDerivation.Cost.standard

    /// Puts `key` into the keystore, and says its address.
    func write(_ key: PrivateKey) throws {
        try Keystore(sealing: key, password: password.password(), cost: cost)
            .write(toFile: keystore)
        Terminal.say(key.address.checksummed)
    }
}

extension KeyDerivation.Cost: ExpressibleByArgument {}

extension KeyCommand {
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key and put it into a keystore.")

        @OptionGroup var new: NewKeystoreOptions

        func run() throws {
            try new.write(.random())
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a key that another program made into a keystore.")

        @Option(help: "The file with the key: 64 hexadecimal digits; for its owner alone (0600).")
        var keyFile: String

        @OptionGroup var new: NewKeystoreOptions

        func run() throws {
            let text = String(
                decoding: try DurableFile.readSecret(at: keyFile, limit: 1_024), as: UTF8.self)
            guard let secret = Hexadecimal.decode(text.filter { !$0.isWhitespace }),
                let key = PrivateKey(secret: secret)
            else { throw CommandFailure(.failed, "\(keyFile): holds no private key") }
            try new.write(key)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keystores in a directory.")

        @Argument(help: "The directory.")
        var directory: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            let found = names.sorted().compactMap { name in
                (try? Keystore(file: "\(directory)/\(name)")).map { (name, $0) }
            }
            guard !json else {
                let list = found.map { name, keystore in
                    [
                        "file": .string("\(directory)/\(name)"),
                        "address": keystore.address.map { .string($0.checksummed) } ?? .null,
                    ] as JSON
                }
                return Terminal.say(JSON.array(list).pretty)
            }
            for (name, keystore) in found {
                let address = keystore.address?.checksummed ?? "(no address in the file)"
                Terminal.say("\(address)  \(directory)/\(name)")
            }
        }
    }

    struct AddressOf: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "address",
            abstract: "Print a keystore's address; with a password, check that it opens it.")

        @Argument(help: "The keystore.")
        var keystore: String

        @Option(help: "The file with the password, for its owner alone (mode 0600).")
        var passwordFile: String?

        func run() throws {
            let keystore = try Keystore(file: keystore)
            if let passwordFile {
                let key = try keystore.unlock(Password(file: passwordFile))
                return Terminal.say(key.address.checksummed)
            }
            guard let address = keystore.address else {
                throw CommandFailure(
                    .failed, "the file says no address; give --password-file to find it")
            }
            Terminal.say(address.checksummed)
        }
    }
}
