import Peering
import Testing

@testable import Node

@Suite struct ConnectionPlacesTests {
    @Test func `all members and some strangers find a place, however the ledger grows`() {
        let places = ConnectionPlaces(configured: nil, descriptors: 1_000_000)
        for members: UInt32 in [0, 1, 199, 200, 10_000] {
            let needed = Int(members) * PeeringConfiguration.connectionsOfMember
            #expect(places.count(members: members) == needed + ConnectionPlaces.ofOthers)
        }
        #expect(PeeringConfiguration.usualLimits.unknownConnections <= ConnectionPlaces.ofOthers)
    }

    @Test func `what is set is set, and the system's limit holds`() {
        #expect(ConnectionPlaces(configured: 50, descriptors: 1_024).count(members: 900) == 50)
        let few = ConnectionPlaces(configured: nil, descriptors: 1_024)
        #expect(few.count(members: 900) == 1_024 - ConnectionPlaces.otherDescriptors)
        let none = ConnectionPlaces(configured: nil, descriptors: 100)
        #expect(none.count(members: 900) == ConnectionPlaces.configurable.lowerBound)
    }
}
