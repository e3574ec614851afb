import API
import Protocol

/// The household's own meter, for its app.
struct MeterReader: MeterAccess {
    let requests: OwnerRequests

    func latest() async -> MeterReading? { requests.figures.reading }

    func setPower(_ power: Int32) async throws(MeterRefusal) {
        guard let isSet = await requests.setPower(power) else {
            throw MeterRefusal("the node is busy or stopping; try again later")
        }
        guard isSet else {
            throw MeterRefusal("this meter follows a profile; only a manual one can be set")
        }
    }
}
