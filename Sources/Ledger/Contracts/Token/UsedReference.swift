import Protocol

/// A reference for which tokens were minted or burned, and when.
///
/// No transaction runs twice: its nonce sees to that. The reference is for the exchange itself, which
/// after a lost answer, a restart or a slip may order for one payment again: within days, or within the
/// year whose books are open. So it is kept for longer than that, and not for ever.
struct UsedReference: Hashable, Sendable {
    /// When it was used, on the ledger's clock.
    var time: Timestamp
    /// What the exchange wrote.
    var reference: UntrustedText
}

extension UsedReference: Record {
    var encoded: Bytes {
        let text = Bytes(reference.verbatim.utf8)
        return Self.bytes(of: time.milliseconds, UInt32(clamping: text.count)) + text
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "used reference")
        time = Timestamp(milliseconds: try reader.next())
        let text = try reader.take(Int(try UInt32(next: &reader)))
        try reader.end()
        guard let text = String(validating: text, as: UTF8.self) else {
            throw reader.error("its text is not UTF-8")
        }
        reference = UntrustedText(text)
    }
}

extension BlockExecutor {
    /// Notes that `reference` is used, and forgets a few that were used long ago: more than a call adds,
    /// so that none stays for much longer than it must.
    mutating func use(_ reference: UntrustedText) {
        forgetOldReferences()
        overlay.set(.reference(reference.verbatim), context.number.bigEndianBytes)
        var counters = overlay.counters
        let used = UsedReference(time: context.timestamp, reference: reference)
        overlay.set(.usedReference(counters.references), used)
        counters.references += 1
        overlay.set(.counters, counters)
    }

    private mutating func forgetOldReferences() {
        var counters = overlay.counters
        let before = counters.forgottenReferences
        for _ in 0..<rules.referencesForgottenAtOnce
        where counters.forgottenReferences < counters.references {
            let place = StateKey.usedReference(counters.forgottenReferences)
            guard let used: UsedReference = overlay.record(at: place),
                used.time.advanced(byMilliseconds: rules.referenceMilliseconds)
                    < context.timestamp
            else { break }
            overlay.set(.reference(used.reference.verbatim), nil)
            overlay.set(place, nil)
            counters.forgottenReferences += 1
        }
        if counters.forgottenReferences != before { overlay.set(.counters, counters) }
    }
}
