package import Protocol

/// A household's own meter; other nodes have none.
package protocol MeterAccess: Sendable {
    /// What the meter shows, or nil before its first reading.
    func latest() async -> MeterReading?
    /// Sets the power of a meter that is set by hand, in W; negative feeds in.
    ///
    /// Throws if the meter follows a profile.
    func setPower(_ power: Int32) async throws(MeterRefusal)
}

/// Why a meter could not be set.
package struct MeterRefusal: Error, Hashable, Sendable {
    /// What to tell the one who tried.
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
