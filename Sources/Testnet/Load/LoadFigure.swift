import API

/// A row of a measurement: what was found, in each repetition.
struct LoadFigure {
    let name: String
    let unit: String
    var values: [Double]
    let decimals: Int

    init(_ name: String, _ unit: String, _ value: Double, decimals: Int = 1) {
        self.name = name
        self.unit = unit
        self.decimals = decimals
        values = [value]
    }

    /// The rows of several repetitions as one list; what not all of them have found has fewer values.
    static func merged(_ repetitions: [[LoadFigure]]) -> [LoadFigure] {
        var rows: [LoadFigure] = []
        for figure in repetitions.joined() {
            if let place = rows.firstIndex(where: { $0.name == figure.name }) {
                rows[place].values += figure.values
            } else {
                rows.append(figure)
            }
        }
        return rows
    }

    private var spread: [(name: String, value: Double?)] {
        let spread = Spread(values)
        return [
            ("median", spread.median), ("least", spread.percentile(0)),
            ("most", spread.percentile(100)),
        ]
    }

    static let header = ["figure", "median", "least", "most", "unit"]

    var row: [String] { [name] + spread.cells(decimals: decimals) + [unit] }

    var json: JSON {
        .object(
            [
                JSON.Member("name", .string(name)), JSON.Member("unit", .string(unit)),
                JSON.Member(
                    "values", .array(values.map { Figures.json($0, decimals: decimals) })),
            ] + spread.members(decimals: decimals))
    }
}
