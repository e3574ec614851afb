import Protocol

/// The state keeps members in fields of fixed width: each transaction reads its sender's.
extension Member: Record {
    var encoded: Bytes {
        Self.bytes(of: account, role, meterKey, ratedPower, certificateHash, isSuspended)
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        self.init(
            account: .zero, role: .observer, meterKey: .zero, ratedPower: .zero,
            certificateHash: .zero)
        (account, role, meterKey, ratedPower, certificateHash, isSuspended) =
            try Self.fields(in: bytes, of: "member")
    }
}
