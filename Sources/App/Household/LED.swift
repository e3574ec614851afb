import API

/// The pilot's matrix of 8×8 lamps: what the household is about, by shapes alone.
///
/// Rows 0 to 4 hold a glyph, row 6 how many of a trade's five steps are taken, row 7 how much of it
/// is delivered, in eighths.
struct LED: Hashable, Sendable {
    /// What is shown, under the name that the API gives it.
    enum State: String, Hashable, Sendable, CaseIterable {
        case idle, selling, buying, waiting, done, failed, stalled, offline, attention

        /// The five upper rows.
        var glyph: [String] {
            switch self {
            case .idle: ["...XX...", "..XXXX..", ".XXXXXX.", "..X..X..", "..X..X.."]
            case .selling: ["...XX...", "..XXXX..", ".XXXXXX.", "...XX...", "...XX..."]
            case .buying: ["...XX...", "...XX...", ".XXXXXX.", "..XXXX..", "...XX..."]
            case .waiting: [".XXXXXX.", "..X..X..", "...XX...", "..X..X..", ".XXXXXX."]
            case .done: [".......X", "......X.", "X....X..", ".X..X...", "..XX...."]
            case .failed: [".X....X.", "..X..X..", "...XX...", "..X..X..", ".X....X."]
            case .stalled: [".XX..XX.", ".XX..XX.", ".XX..XX.", ".XX..XX.", ".XX..XX."]
            case .offline: ["........", "........", ".XXXXXX.", "........", "........"]
            case .attention: ["...XX...", "...XX...", "...XX...", "........", "...XX..."]
            }
        }

        /// What the lamps shine like: `near` blue, `sun` amber, `home` white.
        var colour: String {
            switch self {
            case .idle, .selling, .buying, .done: "near"
            case .stalled, .attention: "sun"
            case .waiting, .failed, .offline: "home"
            }
        }
    }

    var state: State
    /// How many of five steps are taken.
    var steps = 0
    /// How many eighths are delivered.
    var eighths = 0
    /// The same for those who read.
    var sentence: String

    /// The matrix, a text a row: `X` shines.
    var rows: [String] {
        func bar(_ count: Int, of most: Int) -> String {
            let count = min(max(count, 0), most)
            return String(repeating: "X", count: count) + String(repeating: ".", count: 8 - count)
        }
        return state.glyph + ["........", bar(steps, of: 5), bar(eighths, of: 8)]
    }

    var json: JSON {
        [
            "state": .string(state.rawValue), "steps": .number(steps), "eighths": .number(eighths),
            "colour": .string(state.colour), "rows": .array(rows.map { .string($0) }),
            "sentence": .string(sentence),
        ]
    }
}
