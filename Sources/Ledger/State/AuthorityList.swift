import Protocol

/// The authorities as the state keeps them.
struct AuthorityList: Record {
    let authorities: ValidatorSet

    init(_ authorities: ValidatorSet) {
        self.authorities = authorities
    }

    var encoded: Bytes { RLP.list(authorities.members.map(RLP.address)).encoded }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var fields = try RLPFields(RLP(decoding: bytes), of: "authorities")
        var members: [Address] = []
        while fields.count > 0 { members.append(try fields.address()) }
        authorities = ValidatorSet(members)
        guard authorities.members == members else {
            throw MalformedBytes("authorities: not in ascending order")
        }
    }
}
