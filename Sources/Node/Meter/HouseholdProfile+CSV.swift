import API
import Foundation
import Market
import Protocol

/// What is wrong with a file of household profiles.
struct ProfileError: Error, Hashable, CustomStringConvertible {
    /// The file, the line where there is one, and what was wrong.
    let description: String
}

extension HouseholdProfile {
    /// Reads the columns `<household>_consumed_wh` and `<household>_generated_wh` of a CSV file
    /// whose first column is `time_utc` and whose rows follow each other every 15 minutes.
    init(file path: String, household: String) throws {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ProfileError(description: "\(path): there is no such file that can be read")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ProfileError(description: "\(path): is not UTF-8 text")
        }
        try self.init(csv: text, household: household, name: path)
    }

    /// Reads the text of such a file; errors call it `name`.
    init(csv text: String, household: String, name: String) throws(ProfileError) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true)[...]
        let header = lines.popFirst().map(Self.cells) ?? []
        guard let time = header.firstIndex(of: "time_utc"),
            let consumed = header.firstIndex(of: "\(household)_consumed_wh"),
            let generated = header.firstIndex(of: "\(household)_generated_wh")
        else {
            throw ProfileError(
                description: "\(name): the header needs time_utc, \(household)_consumed_wh "
                    + "and \(household)_generated_wh")
        }
        var slots: [Slot] = []
        var start: MarketTime?
        for (index, line) in lines.enumerated() {
            let cells = Self.cells(line)
            guard cells.count == header.count, cells[time].hasSuffix("Z"),
                let moment = RFC3339.time(String(cells[time])),
                let used = UInt32(cells[consumed]), let made = UInt32(cells[generated])
            else {
                throw ProfileError(
                    description: "\(name), line \(index + 2): expected a UTC time and whole Wh")
            }
            let first = start ?? moment
            guard moment == first.advanced(bySeconds: UInt64(index) * Self.slotSeconds) else {
                throw ProfileError(
                    description: "\(name), line \(index + 2): not 15 minutes after the one before")
            }
            start = first
            slots.append(
                Slot(consumed: WattHours(UInt64(used)), generated: WattHours(UInt64(made))))
        }
        guard let start else { throw ProfileError(description: "\(name): has no rows") }
        self.init(start: start, slots: slots)
    }

    private static func cells(_ line: Substring) -> [Substring] {
        let line = line.last == "\r" ? line.dropLast() : line
        return line.split(separator: ",", omittingEmptySubsequences: false)
    }
}
