import Client
import API
import Protocol

/// A new member's directory, and what the community is to know about it.
struct MemberDirectory {
    let directory: TestnetDirectory
    let chainID: UInt64
    let chainName: String
    /// By this hash people can tell whether they mean the same chain.
    let genesisHash: Hash32
    let member: Member

    var configurationFile: String { directory.path + "/node.toml" }

    /// The command that the aggregator runs.
    var registration: String {
        var words = [
            "busbar member register --as aggregator", "--account \(member.account.checksummed)",
            "--role \(member.role.name)",
        ]
        if member.meterKey != .zero {
            words.append("--meter \(member.meterKey.checksummed)")
            words.append("--rated-power \(member.ratedPower.value)")
        }
        words.append("--certificate-hash \(member.certificateHash)")
        return words.joined(separator: " ")
    }

    var json: JSON {
        [
            "directory": .string(directory.path), "config": .string(configurationFile),
            "chainId": .number(chainID),
            "genesisHash": .string(genesisHash.description),
            "account": .string(member.account.checksummed), "role": .string(member.role.name),
            "meter": member.meterKey == .zero ? .null : .string(member.meterKey.checksummed),
            "ratedPowerWatts": .number(member.ratedPower.value),
            "certificateHash": .string(member.certificateHash.description),
            "registration": .string(registration),
        ]
    }
}
