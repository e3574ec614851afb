private import Synchronization

/// The texts of the statements that write rows, each made at its first use.
enum RowText {
    enum Verb { case insert, replace, upsert }

    /// What the program says where it writes a row. Its names are literals, so where they lie tells
    /// them apart, and there are as many as there are such places.
    private struct Place: Hashable {
        let verb: Verb
        let table: UInt
        let firstColumn: UInt
        let columnCount: Int
    }

    private struct Known {
        let columns: [StaticString]
        let text: String

        func names(_ row: RowValues) -> Bool {
            columns.elementsEqual(row) { $0.utf8Start == $1.key.utf8Start }
        }
    }

    // Each database's writer holds this for a look. A text that two make at once is there twice.
    private static let texts = Mutex<[Place: [Known]]>([:])

    /// The statement that writes `row`, which has one column at least.
    static func text(_ verb: Verb, _ table: StaticString, _ row: RowValues) -> String {
        let place = Place(
            verb: verb, table: UInt(bitPattern: table.utf8Start),
            firstColumn: UInt(bitPattern: row[0].key.utf8Start), columnCount: row.count)
        let found = texts.withLock { texts in texts[place]?.first { $0.names(row) }?.text }
        if let found { return found }
        let made = Known(columns: row.map(\.key), text: make(verb, table, row.map { "\($0.key)" }))
        texts.withLock { $0[place, default: []].append(made) }
        return made.text
    }

    private static func make(_ verb: Verb, _ table: StaticString, _ columns: [String]) -> String {
        let places = repeatElement("?", count: columns.count).joined(separator: ", ")
        let rest = "INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))"
        switch verb {
        case .insert: return "INSERT \(rest)"
        case .replace: return "REPLACE \(rest)"
        case .upsert:
            let updates = columns.dropFirst().map { "\($0) = excluded.\($0)" }
            return "INSERT \(rest) ON CONFLICT (\(columns[0])) DO UPDATE SET "
                + updates.joined(separator: ", ")
        }
    }
}
