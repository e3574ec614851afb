import Console
import Keys

/// `households.csv`: which households there are data for, and the peak power of their arrays.
struct HouseholdTable {
    struct Row {
        let name: String
        /// The array's peak power in kW, as the file writes it; "0" for a pure consumer.
        let peakPower: String

        var isProsumer: Bool { Double(peakPower).map { $0 > 0 } ?? false }
    }

    let rows: [Row]

    init(file path: String) throws {
        let text = String(decoding: try DurableFile.read(at: path), as: UTF8.self)
        var lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",") }[...]
        let header = lines.popFirst() ?? []
        guard let name = header.firstIndex(of: "household"),
            let power = header.firstIndex(of: "pv_kwp")
        else { throw CommandFailure(.failed, "\(path): lacks the columns household and pv_kwp") }
        rows = try lines.map { fields in
            guard fields.count == header.count else {
                throw CommandFailure(.failed, "\(path): a row has \(fields.count) fields")
            }
            return Row(name: String(fields[name]), peakPower: String(fields[power]))
        }
        guard !rows.isEmpty else { throw CommandFailure(.failed, "\(path): has no rows") }
    }

    /// The row for the household `name`. Beyond the last one the data begin again: with twelve
    /// rows, h13 lives as h01 does.
    func row(for name: String) throws -> Row {
        if let row = rows.first(where: { $0.name == name }) { return row }
        guard name.hasPrefix("h"), let number = Int(name.dropFirst()), number > 0 else {
            throw CommandFailure(.failed, "there are no data for the household \"\(name)\"")
        }
        return rows[(number - 1) % rows.count]
    }

    /// `count` names: those in `first`, then the data's others, then h13 and so on.
    func names(_ count: Int, first: [String]) -> [String] {
        var names = Array(first.prefix(count))
        var number = 1
        while names.count < count {
            let name = number < 10 ? "h0\(number)" : "h\(number)"
            if !names.contains(name) { names.append(name) }
            number += 1
        }
        return names
    }
}
