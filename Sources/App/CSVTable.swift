import Protocol

/// A table for spreadsheets (RFC 4180), as its reader's language writes numbers. No cell is taken for a
/// formula, whoever chose its text.
struct CSVTable {
    /// What stands in a cell.
    enum Cell {
        case text(String)
        case number(UInt64)
        case tokens(TokenAmount)
        case none
    }

    private let isGerman: Bool
    private var lines: [String]

    /// A table with the columns `head`, for a reader who asks for `language` first.
    init(language: String?, head: [String]) {
        isGerman = language?.prefix(2).lowercased() == "de"
        lines = []
        lines.append(head.joined(separator: separator))
    }

    private var separator: String { isGerman ? ";" : "," }

    mutating func add(_ row: [Cell]) {
        lines.append(row.map(text).joined(separator: separator))
    }

    /// The whole, each line with its end.
    var content: [UInt8] { Array((lines.joined(separator: "\r\n") + "\r\n").utf8) }

    private func text(_ cell: Cell) -> String {
        switch cell {
        case .none: ""
        case .number(let number): String(number)
        case .tokens(let amount):
            "\(amount.baseUnits / 1_000_000)\(isGerman ? "," : ".")"
                + String(1_000_000 + amount.baseUnits % 1_000_000).dropFirst()
        case .text(let text): Self.quoted(text)
        }
    }

    /// What a formula begins with, in some program; the wide ones are taken for the others.
    private static let formulas = Set("=+-@\t\r\n＝＋－＠".unicodeScalars)

    /// In quotes; what a spreadsheet would compute, it shows.
    private static func quoted(_ text: String) -> String {
        let first = text.unicodeScalars.first { $0 != " " }
        let isFormula = first.map(formulas.contains) ?? false
        let shown = isFormula ? "'" + text : text
        return "\"" + shown.replacing("\"", with: "\"\"") + "\""
    }
}
