package import Protocol

/// Something in a data directory that is not what the chain says it must be.
package struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// Where: a table, or a part of the file.
    package let place: String
    /// Which row, block or page, if it can be named.
    package let row: String?
    /// What differs.
    package let reason: String

    init(_ place: String, _ row: String? = nil, _ reason: String) {
        self.place = place
        self.row = row
        self.reason = reason
    }

    package var description: String {
        row.map { "\(place), \($0): \(reason)" } ?? "\(place): \(reason)"
    }
}

/// What a check of a whole data directory came to.
package struct VerificationReport: Hashable, Sendable {
    /// Everything that is wrong; empty if the chain is whole.
    package internal(set) var findings: [Finding] = []
    /// The chain's id.
    package internal(set) var chainID: UInt64 = 0
    /// The first block's hash.
    package internal(set) var genesisHash = Hash32.zero
    /// The highest block that was checked.
    package internal(set) var height: UInt64 = 0
    /// That block's hash.
    package internal(set) var headHash = Hash32.zero
    /// The root of the state after it.
    package internal(set) var stateRoot = Hash32.zero
    /// How many transactions were checked.
    package internal(set) var transactionCount = 0
    /// How many safety records were checked.
    package internal(set) var recordCount = 0
    /// Whether a node was at work in the directory: then the files' raw bytes were not looked at.
    package internal(set) var wasInUse = false

    /// Whether nothing is wrong.
    package var isWhole: Bool { findings.isEmpty }
}
