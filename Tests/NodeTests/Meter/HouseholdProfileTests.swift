import Market
import Protocol
import Testing

@testable import Node

@Suite struct HouseholdProfileTests {
    @Test func `a profile begins with its first row and is read as it stands`() throws {
        let text = """
            time_utc,h01_consumed_wh,h01_generated_wh,h02_consumed_wh,h02_generated_wh
            2021-06-14T00:00:00Z,16,0,43,0
            2021-06-14T00:15:00Z,17,0,33,5

            """
        let profile = try HouseholdProfile(csv: text, household: "h02", name: "day")
        #expect(profile.start == MarketTime(seconds: 1_623_628_800))
        #expect(profile.slots.map(\.consumed) == [WattHours(43), WattHours(33)])
        #expect(profile.slots.map(\.generated) == [WattHours(0), WattHours(5)])
    }

    @Test(arguments: [
        "", "time_utc,h01_consumed_wh\n", "time_utc,h01_consumed_wh,h01_generated_wh\n",
        "time_utc,h01_consumed_wh,h01_generated_wh\n2021-06-14T00:00:00Z,-1,0\n",
        "time_utc,h01_consumed_wh,h01_generated_wh\n2021-06-14 00:00:00,1,0\n",
        "time_utc,h01_consumed_wh,h01_generated_wh\n2021-06-14T00:00:00Z,1\n",
        """
        time_utc,h01_consumed_wh,h01_generated_wh
        2021-06-14T00:00:00Z,1,0
        2021-06-14T00:30:00Z,1,0
        """,
    ])
    func `a file that is no profile is refused`(_ text: String) {
        #expect(throws: ProfileError.self) {
            try HouseholdProfile(csv: text, household: "h01", name: "bad.csv")
        }
    }
}
