import API
import Protocol

/// The household's own meter, for its app.
struct MeterReader: MeterAccess {
    let household: Household

    func latest() async -> MeterReading? { await household.reading }

    func setPower(_ power: Int32) async throws(MeterRefusal) {
        let isSet: Bool
        do {
            isSet = try await household.setPower(power)
        } catch {
            throw MeterRefusal("the meter's registers could not be stored: \(error)")
        }
        guard isSet else {
            throw MeterRefusal("this meter follows a profile; only a manual one can be set")
        }
    }
}

extension RunningRole {
    /// The household, if that is what the node is.
    var household: Household? {
        guard case .household(let household) = kind else { return nil }
        return household
    }
}
