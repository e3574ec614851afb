import API
import Protocol

/// What an operator says of a household that is to be a member.
struct MemberDetails: Hashable {
    /// What the operator calls it, and its metering point: both stay off the ledger.
    let name: String
    let meteringPoint: String
    let role: MemberRole
    let ratedPower: Watts

    /// What `body` says, or a ``Problem`` that says which part is wrong.
    init(_ body: JSON) throws(Problem) {
        name = try Self.text("name", in: body)
        meteringPoint = try Self.text("meteringPoint", in: body)
        guard let role = body["role"]?.text.flatMap({ MemberRole(name: $0.verbatim) }),
            role == .prosumer || role == .consumer
        else { throw .badRequest("role is prosumer or consumer") }
        guard let power = body["ratedPowerWatts"]?.integer, 1...1_000_000 ~= power else {
            throw .badRequest("ratedPowerWatts is from 1 to 1000000")
        }
        (self.role, ratedPower) = (role, Watts(UInt64(power)))
    }

    private static func text(_ key: String, in body: JSON) throws(Problem) -> String {
        let text = body[key]?.text?.verbatim ?? ""
        guard text.count <= 40, text.utf8.count <= 160, UntrustedText(text).isPlain else {
            throw .badRequest("\(key) has up to 40 letters, and no control characters")
        }
        return text
    }
}
