import Protocol

extension Genesis {
    /// Throws, with what is wrong, if no chain can begin so.
    func check() throws(GenesisError) {
        guard 2...(1 << 53 - 1) ~= chainID else {
            throw GenesisError("chain id \(chainID) is not from 2 to 2^53 - 1")
        }
        try Self.requireText(name, "name")
        guard roundTimeout > 0 else { throw GenesisError("the round timeout is 0 ms") }
        for contract in Contracts.all { try contract.check(self) }
    }

    /// Throws unless `text`, which is the genesis's `what`, is of a length that people can read.
    static func requireText(_ text: String, _ what: String) throws(GenesisError) {
        guard 1...Limits.textBytes ~= text.utf8.count else {
            throw GenesisError("the \(what) has not 1 to \(Limits.textBytes) bytes")
        }
        guard UntrustedText(text).isPlain else {
            throw GenesisError("the \(what) has control or invisible characters")
        }
    }
}
