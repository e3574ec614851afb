public import Protocol

/// A registered smart meter, by the address of the key in it.
public struct Meter: Hashable, Sendable {
    /// The member whose meter it is.
    public var owner: Address
    /// What was claimed of the import register by proofs of delivery.
    public var importClaims = RegisterClaims()
    /// What was claimed of the export register.
    public var exportClaims = RegisterClaims()

    /// A meter of which nothing is claimed.
    public init(owner: Address) {
        self.owner = owner
    }

    /// What was claimed of the register of `direction`.
    public func claims(_ direction: FlowDirection) -> RegisterClaims {
        switch direction {
        case .import: importClaims
        case .export: exportClaims
        }
    }

    /// Changes what was claimed of the register of `direction`.
    mutating func update(
        _ direction: FlowDirection, _ change: (inout RegisterClaims) throws(Revert) -> Void
    ) throws(Revert) {
        switch direction {
        case .import: try change(&importClaims)
        case .export: try change(&exportClaims)
        }
    }
}

extension Meter: Record {
    var encoded: Bytes {
        var bytes = owner.bytes
        importClaims.append(to: &bytes)
        exportClaims.append(to: &bytes)
        return bytes
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "meter")
        owner = try reader.next()
        importClaims = try RegisterClaims(next: &reader)
        exportClaims = try RegisterClaims(next: &reader)
        try reader.end()
    }
}
