import API
import Market
import Protocol

/// The rows of a profile's text, one after the other.
struct ProfileRows {
    /// One row.
    struct Row {
        let line: Int
        let time: MarketTime
        let consumed: WattHours
        let generated: WattHours
    }

    /// A column of energies: where it stands, and what decimals have added up to.
    private struct Column {
        let name: String
        let place: Int
        /// In millionths of a watt-hour: from −500,000 to 499,999.
        var carried: Int64 = 0
    }

    private let name: String
    private let separator: Character
    private let width: Int
    private let time: Int
    private var consumed: Column
    private var generated: Column
    private var lines: ArraySlice<Substring>

    /// Begins with the header; errors call the file `name`.
    init(_ text: String, household: String, name: String) throws(ProfileError) {
        self.name = name
        // CR LF is one character, and some programs begin a file with a mark of its encoding.
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        let first = lines.popFirst() ?? ""
        let separator: Character = first.contains(";") ? ";" : first.contains("\t") ? "\t" : ","
        self.separator = separator
        let header = try Self.cells(of: first, by: separator, name, line: 1)
        func place(_ column: String) throws(ProfileError) -> Int {
            guard let place = header.firstIndex(of: column) else {
                throw ProfileError(
                    name, line: 1,
                    "the header lacks \(column); it needs time_utc, \(household)_consumed_wh and "
                        + "\(household)_generated_wh")
            }
            return place
        }
        width = header.count
        time = try place("time_utc")
        consumed = Column(
            name: "\(household)_consumed_wh", place: try place("\(household)_consumed_wh"))
        generated = Column(
            name: "\(household)_generated_wh", place: try place("\(household)_generated_wh"))
    }

    /// The next row that is not empty; nil at the end.
    mutating func next() throws(ProfileError) -> Row? {
        while let line = lines.popFirst() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            let number = lines.startIndex
            let cells = try Self.cells(of: line, by: separator, name, line: number)
            guard cells.count == width else {
                throw ProfileError(
                    name, line: number,
                    "has \(cells.count) cells, and the header \(width)")
            }
            return Row(
                line: number, time: try moment(cells[time], line: number),
                consumed: try energy(cells, &consumed, line: number),
                generated: try energy(cells, &generated, line: number))
        }
        return nil
    }

    private func moment(_ cell: String, line: Int) throws(ProfileError) -> MarketTime {
        // What is read and written again comes out otherwise where the day does not exist.
        guard let moment = RFC3339.time(cell), RFC3339.text(moment) == cell else {
            throw ProfileError(
                name, line: line,
                "time_utc is \"\(UntrustedText(cell))\", which is no moment in UTC; write it as "
                    + "2021-06-14T00:15:00Z")
        }
        return moment
    }

    private func energy(
        _ cells: [String], _ column: inout Column, line: Int
    ) throws(ProfileError) -> WattHours {
        let cell = cells[column.place]
        guard let millionths = Self.millionths(cell) else {
            throw ProfileError(
                name, line: line,
                "\(column.name) is \"\(UntrustedText(cell))\"; write the watt-hours of the quarter "
                    + "of an hour as 16 or 16.5, from 0 to \(UInt32.max)")
        }
        let sum = millionths + column.carried
        let whole = max(0, (sum + 500_000) / 1_000_000)
        column.carried = sum - whole * 1_000_000
        return WattHours(UInt64(whole))
    }

    /// The number in a cell, in millionths; nil if it is none, or out of range.
    private static func millionths(_ cell: String) -> Int64? {
        let parts = cell.split(
            maxSplits: 1, omittingEmptySubsequences: false,
            whereSeparator: { $0 == "." || $0 == "," })
        guard let first = parts.first, isDigits(first), let whole = UInt32(first) else {
            return nil
        }
        var fraction: Int64 = 0
        if parts.count == 2 {
            guard isDigits(parts[1]), parts[1].count <= 6 else { return nil }
            let digits = parts[1] + String(repeating: "0", count: 6 - parts[1].count)
            guard let millionths = Int64(digits) else { return nil }
            fraction = millionths
        }
        return Int64(whole) * 1_000_000 + fraction
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
    }

    /// The cells of a line. One that stands in quotes may hold the separator, and a quote as two.
    private static func cells(
        of line: Substring, by separator: Character, _ name: String, line number: Int
    ) throws(ProfileError) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isQuoted = false
        var previous: Character?
        for character in line {
            if character == "\"" {
                if !isQuoted, previous == "\"" { cell.append("\"") }
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                cells.append(cell.trimmed)
                cell = ""
            } else {
                cell.append(character)
            }
            previous = character
        }
        guard !isQuoted else {
            throw ProfileError(name, line: number, "a quote is not closed on its line")
        }
        return cells + [cell.trimmed]
    }
}

extension String {
    /// The text without blanks before and after it.
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        let end = start.reversed().prefix(while: \.isWhitespace).count
        return String(start.dropLast(end))
    }
}
