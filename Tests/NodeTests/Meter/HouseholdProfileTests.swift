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

    private static let header = "time_utc,h01_consumed_wh,h01_generated_wh"

    /// What spreadsheets make of the same file.
    @Test(arguments: [
        "\(header)\n2021-06-14T00:00:00Z,16,5\n2021-06-14T00:15:00Z,17,0\n",
        "\(header)\r\n2021-06-14T00:00:00Z,16,5\r\n2021-06-14T00:15:00Z,17,0\r\n",
        "\u{FEFF}\(header)\n2021-06-14T00:00:00Z,16,5\n\n2021-06-14T00:15:00Z,17,0",
        """
        "time_utc";"h01_consumed_wh";"h01_generated_wh"
        "2021-06-14T00:00:00Z";"16";"5"
        2021-06-14T00:15:00Z; 17 ;0
        """,
        """
        time_utc;h01_consumed_wh;h01_generated_wh
        2021-06-14T00:00:00Z;16,0;5,0
        2021-06-14T00:15:00Z;17.000000;0
        """,
        """
        time_utc,h01_consumed_wh,h01_generated_wh
        2021-06-14T00:00:00Z,"16,0","5,0"
        2021-06-14T00:15:00Z,17,0
        """,
        "time_utc\th01_consumed_wh\th01_generated_wh\n2021-06-14T00:00:00Z\t16\t5\n"
            + "2021-06-14T00:15:00Z\t17\t0",
    ])
    func `a file is read as programs write it`(_ text: String) throws {
        let profile = try HouseholdProfile(csv: text, household: "h01", name: "day")
        #expect(profile.slots.map(\.consumed) == [WattHours(16), WattHours(17)])
        #expect(profile.slots.map(\.generated) == [WattHours(5), WattHours(0)])
    }

    @Test func `decimals are carried over, so that the sum is right`() throws {
        let rows = (0..<4).map { "2021-06-14T00:\($0 == 0 ? "00" : String(15 * $0)):00Z,0.4,16.75" }
        let text = ([Self.header] + rows).joined(separator: "\n")
        let profile = try HouseholdProfile(csv: text, household: "h01", name: "day")
        #expect(profile.slots.map(\.consumed.value) == [0, 1, 0, 1])
        #expect(profile.slots.reduce(0) { $0 + $1.generated.value } == 67)
    }

    @Test(arguments: [
        (
            "2021-02-30T00:00:00Z,1,0", nil,
            "time_utc is \"2021-02-30T00:00:00Z\", which is no moment in UTC; write it as"
        ),
        ("2021-06-14T24:00:00Z,1,0", nil, "which is no moment in UTC; write it as"),
        ("2021-06-14T00:00:00+02:00,1,0", nil, "which is no moment in UTC; write it as"),
        ("2021-06-14T00:00:00Z,-1,0", nil, "h01_consumed_wh is \"-1\"; write the watt-hours"),
        ("2021-06-14T00:00:00Z,1,4294967296", nil, "h01_generated_wh is \"4294967296\"; write"),
        ("2021-06-14T00:00:00Z,1.2.3,0", nil, "h01_consumed_wh is \"1.2.3\"; write"),
        ("2021-06-14T00:00:00Z,1,0,0", nil, "has 4 cells, and the header 3"),
        ("2021-06-14T00:00:00Z,\"1,0", nil, "a quote is not closed on its line"),
        (
            "2021-06-14T00:00:00Z,65535,0", Watts(17_250),
            "needs 262140 W, and the connection of h01 carries 17250 W; correct the row"
        ),
        (
            "2021-06-14T00:00:00Z,0,4313", Watts(17_250),
            "needs 17252 W, and the connection of h01 carries 17250 W"
        ),
    ])
    func `a row that cannot be is refused by its line, with what to do`(
        _ row: String, _ connection: Watts?, _ problem: String
    ) throws {
        let text = "\(Self.header)\r\n2021-06-13T23:45:00Z,4312,0\r\n\(row)\r\n"
        let error = try #require(throws: ProfileError.self) {
            try HouseholdProfile(
                csv: text, household: "h01", connection: connection, name: "bad.csv")
        }
        #expect(error.description.hasPrefix("bad.csv, line 3: "), "\(error)")
        #expect(error.description.contains(problem), "\(error)")
    }

    @Test func `what a connection carries to the last watt is read`() throws {
        let text = "\(Self.header)\n2021-06-14T00:00:00Z,4312,0\n"
        let profile = try HouseholdProfile(
            csv: text, household: "h01", connection: Watts(17_248), name: "day")
        #expect(profile.slots.count == 1)
    }
}
