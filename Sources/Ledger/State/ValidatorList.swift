import Protocol

/// The validators as the state keeps them.
struct ValidatorList: Record {
    let validators: ValidatorSet

    init(_ validators: ValidatorSet) {
        self.validators = validators
    }

    var encoded: Bytes { RLP.list(validators.members.map(RLP.address)).encoded }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var fields = try RLPFields(RLP(decoding: bytes), of: "validators")
        var members: [Address] = []
        while fields.count > 0 { members.append(try fields.address()) }
        validators = ValidatorSet(members)
        guard validators.members == members else {
            throw MalformedBytes("validators: not in ascending order")
        }
    }
}
