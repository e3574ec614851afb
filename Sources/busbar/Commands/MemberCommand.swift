import Console
import Client
import API
import ArgumentParser
import Protocol

struct MemberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "Become a member, register members, and see who is one.",
        subcommands: [
            New.self, Join.self, Register.self, Suspend.self, Reinstate.self, List.self,
            Show.self,
        ])
}

extension MemberCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the members in the order of their registration.")

        @OptionGroup var account: AccountOptions

        func run() throws {
            let members = try ContractReader(client: account.client()).members()
            guard !account.printsJSON else {
                return Terminal.say(JSON.array(members.map(\.json)).pretty)
            }
            let names = try account.testnet()
            var table = Table(
                ["ACCOUNT", "NAME", "ROLE", "WATTS", "STATE"], rightAligned: [3])
            for member in members {
                table.add([
                    member.account.checksummed,
                    names?.nodes.first { $0.address == member.account }?.name ?? "",
                    member.role.name,
                    member.ratedPower.value == 0 ? "" : "\(member.ratedPower.value)",
                    member.isSuspended ? "suspended" : "",
                ])
            }
            Terminal.say(table.text)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what the ledger knows about a member.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "A node's name or an address; the account that acts where left out.")
        var whose: String?

        func run() throws {
            let address = try account.account(whose)
            let reader = ContractReader(client: try account.client())
            guard let member = try reader.member(address) else {
                throw CommandFailure(
                    .refused, "\(address.checksummed) is not a registered member")
            }
            Terminal.say(account.printsJSON ? member.json.pretty : member.text)
        }
    }
}

extension ContractReader {
    /// The member `account`; nil if it is none.
    fileprivate func member(_ account: Address) throws -> MemberView? {
        let isMember = try results(.community, "isMember", [.address(account)]).first
        guard case .bool(true) = isMember else { return nil }
        return try results(.community, "member", [.address(account)]).first.flatMap(MemberView.init)
    }
}

extension MemberView {
    fileprivate var text: String {
        var lines = [
            "account      \(account.checksummed)",
            "role         \(role.name)\(isSuspended ? ", suspended" : "")",
        ]
        if meterKey != .zero { lines.append("meter        \(meterKey.checksummed)") }
        if ratedPower.value > 0 { lines.append("rated power  \(ratedPower.value) W") }
        if certificateHash != .zero { lines.append("certificate  \(certificateHash)") }
        return lines.joined(separator: "\n")
    }

    fileprivate var json: JSON {
        [
            "account": .string(account.checksummed), "role": .string(role.name),
            "meter": meterKey == .zero ? .null : .string(meterKey.checksummed),
            "ratedPowerWatts": .number(ratedPower.value),
            "certificateHash": certificateHash == .zero
                ? .null : .string(certificateHash.description),
            "suspended": .bool(isSuspended),
        ]
    }
}
