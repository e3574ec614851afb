import Protocol

/// The state keeps members in fields of fixed width: each transaction reads its sender's.
extension Member: Record {
    var encoded: Bytes {
        var writer = RecordWriter(capacity: 82)
        writer.address(account)
        writer.number(role.rawValue)
        writer.address(meterKey)
        writer.number(ratedPower.value)
        writer.hash(certificateHash)
        writer.number(UInt8(isSuspended ? 1 : 0))
        return writer.bytes
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "member")
        let account = try reader.address()
        guard let role = MemberRole(rawValue: try reader.number()) else {
            throw MalformedBytes("member: unknown role")
        }
        let meterKey = try reader.address()
        let ratedPower = Watts(try reader.number())
        let certificateHash = try reader.hash()
        let flag: UInt8 = try reader.number()
        guard flag < 2 else { throw MalformedBytes("member: neither suspended nor not") }
        try reader.end()
        self.init(
            account: account, role: role, meterKey: meterKey, ratedPower: ratedPower,
            certificateHash: certificateHash, isSuspended: flag == 1)
    }
}
