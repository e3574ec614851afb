import API
import ArgumentParser
import Keys
import Ledger
import Protocol

extension MemberCommand {
    struct Register: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a member; the aggregator's.",
            discussion: """
                The new member's `busbar member new` prints this command with all that it needs. \
                Nodes let its node in as soon as the registration is final.
                """)

        @OptionGroup var account: AccountOptions

        @Option(name: .customLong("account"), help: "The new member's account.")
        var member: Address

        @Option(help: "What it may do.")
        var role: MemberRoleOption

        @Option(help: "The address of the key in its smart meter; households have one.")
        var meter: Address?

        @Option(help: "What its grid connection can carry, in W: 17250 for 3 × 25 A.")
        var ratedPower: UInt64?

        @Option(help: "Its node's certificate (PEM).")
        var certificate: String?

        @Option(help: "The SHA-256 of that certificate, in place of --certificate.")
        var certificateHash: Hash32?

        func validate() throws {
            guard (certificate == nil) != (certificateHash == nil) else {
                throw ValidationError("Give either --certificate or --certificate-hash.")
            }
            guard role.isHousehold == (meter != nil), role.isHousehold == (ratedPower != nil)
            else {
                throw ValidationError(
                    role.isHousehold
                        ? "A \(role.rawValue) needs --meter and --rated-power."
                        : "An \(role.rawValue) has no --meter and no --rated-power.")
            }
        }

        func run() throws {
            let entry = Member(
                account: member, role: role.role, meterKey: meter ?? .zero,
                ratedPower: Watts(ratedPower ?? 0), certificateHash: try fingerprint())
            try account.send(
                CommunityCall.register(entry), to: NativeContract.community,
                saying: "registered \(member.checksummed) as \(role.rawValue)")
        }

        private func fingerprint() throws -> Hash32 {
            if let certificateHash { return certificateHash }
            guard let certificate else { return .zero }
            return try CertificateDetails(file: certificate).fingerprint
        }
    }

    struct Suspend: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bar a member's transactions, and cut off its node; the aggregator's.")

        @OptionGroup var suspension: SuspensionOptions

        func run() throws {
            try suspension.change("suspended", by: CommunityCall.suspend)
        }
    }

    struct Reinstate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a suspended member and its node in again; the aggregator's.")

        @OptionGroup var suspension: SuspensionOptions

        func run() throws {
            try suspension.change("reinstated", by: CommunityCall.reinstate)
        }
    }
}

/// A member whose suspension is to change.
struct SuspensionOptions: ParsableArguments {
    @OptionGroup var account: AccountOptions

    @Argument(help: "A node's name or an address.")
    var member: String

    /// Sends the call that `makeCall` makes of the member's address, and says that it was `done`.
    func change(_ done: String, by makeCall: (Address) -> Bytes) throws {
        let address = try account.account(member)
        try account.send(
            makeCall(address), to: NativeContract.community,
            saying: "\(done) \(address.checksummed)")
    }
}
