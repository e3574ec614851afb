public import Protocol

/// A registered smart meter, by the address of the key in it.
public struct Meter: Hashable, Sendable {
    /// The member whose meter it is.
    public var owner: Address
    /// Up to which import register deliveries were proved: no later proof may begin before.
    public var claimedImport: WattHours
    /// Up to which export register deliveries were proved.
    public var claimedExport: WattHours

    /// Up to which register of `direction` deliveries were proved.
    public func claimed(_ direction: FlowDirection) -> WattHours {
        switch direction {
        case .import: claimedImport
        case .export: claimedExport
        }
    }

    /// Moves the claimed register of `direction` to `register`.
    mutating func claim(_ direction: FlowDirection, upTo register: WattHours) {
        switch direction {
        case .import: claimedImport = register
        case .export: claimedExport = register
        }
    }
}

extension Meter: Record {
    var encoded: Bytes { Self.bytes(of: owner, claimedImport, claimedExport) }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        (owner, claimedImport, claimedExport) = try Self.fields(in: bytes, of: "meter")
    }
}
