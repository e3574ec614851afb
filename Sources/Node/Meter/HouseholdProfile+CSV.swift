import API
import Foundation
package import Market
package import Protocol

/// What is wrong with a file of household profiles.
package struct ProfileError: Error, Hashable, CustomStringConvertible {
    /// The file, the line where there is one, what was wrong, and what to do about it.
    package let description: String

    init(_ name: String, line: Int? = nil, _ problem: String) {
        description = "\(name)\(line.map { ", line \($0)" } ?? ""): \(problem)"
    }
}

extension HouseholdProfile {
    /// The longest file that is read, in bytes: a century of a street's quarter hours is shorter.
    private static let mostBytes = 256 << 20

    /// Reads the columns `<household>_consumed_wh` and `<household>_generated_wh` of a CSV file
    /// whose first row names the columns, among them `time_utc`, and whose rows follow each other
    /// every 15 minutes. Cells are parted by commas, semicolons or tabs, and may stand in quotes;
    /// energies may have decimals, which are carried over from slot to slot.
    ///
    /// Throws if the file is anything else, or if it needs more than `connection` carries.
    package init(file path: String, household: String, connection: Watts?) throws {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ProfileError(path, "there is no such file that can be read")
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        guard size <= Self.mostBytes else {
            throw ProfileError(path, "is longer than \(Self.mostBytes >> 20) MiB")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ProfileError(path, "is not UTF-8 text; save it as CSV UTF-8")
        }
        try self.init(csv: text, household: household, connection: connection, name: path)
    }

    /// Reads the text of such a file; errors call it `name`.
    init(
        csv text: String, household: String, connection: Watts? = nil, name: String
    ) throws(ProfileError) {
        var rows = try ProfileRows(text, household: household, name: name)
        var slots: [Slot] = []
        var lines: [Int] = []
        var start: MarketTime?
        while let row = try rows.next() {
            let first = start ?? row.time
            let expected = first.advanced(bySeconds: UInt64(slots.count) * Self.slotSeconds)
            guard row.time == expected else {
                throw ProfileError(
                    name, line: row.line,
                    "is of \(RFC3339.text(row.time)), not 15 minutes after the row before; "
                        + "\(RFC3339.text(expected)) comes next")
            }
            start = first
            slots.append(Slot(consumed: row.consumed, generated: row.generated))
            lines.append(row.line)
        }
        guard let start else { throw ProfileError(name, "has no rows below the header") }
        self.init(start: start, slots: slots)
        guard let connection, let slot = firstSlot(beyond: connection) else { return }
        throw ProfileError(
            name, line: lines[slot.index],
            "needs \(slot.watts) W, and the connection of \(household) carries "
                + "\(connection.value) W; correct the row, or have the rated power that is "
                + "registered corrected")
    }
}
