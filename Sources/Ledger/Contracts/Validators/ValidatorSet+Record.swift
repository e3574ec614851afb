import Protocol

/// The validators as the state keeps them.
extension ValidatorSet: Record {
    var encoded: Bytes { RLP.list(members.map(RLP.address)).encoded }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var fields = try RLPFields(RLP(decoding: bytes), of: "validators")
        var members: [Address] = []
        while !fields.isAtEnd { members.append(try fields.address()) }
        self.init(members)
        guard self.members == members else {
            throw MalformedBytes("validators: not in ascending order")
        }
    }
}
