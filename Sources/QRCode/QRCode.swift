/// A QR code (ISO/IEC 18004) of a text, for a camera: versions 1 to 10, bytes, error correction M,
/// which reads what lacks up to 15 % of its area.
///
///     let code = QRCode("https://busbar.local:8443/pair#7KQ4M2XD")
///     code?.rows   // "XXXXXXX.X…", one a line
package struct QRCode: Hashable, Sendable {
    /// The longest text that fits, in bytes.
    package static let maximumBytes = 213

    /// 1 to 10.
    package let version: Int
    /// How many modules, which are its small squares, a side has.
    package let size: Int
    /// Which of the eight masks keeps it easiest to read.
    package let mask: Int
    /// Line by line, whether a module is dark.
    private let modules: [Bool]

    /// A code of `text`, the smallest; nil if it is longer than ``maximumBytes``.
    package init?(_ text: String) {
        self.init(Array(text.utf8), masks: 0..<8)
    }

    /// A code of `bytes` with the one of `masks` that keeps it easiest to read.
    package init?(_ bytes: [UInt8], masks: Range<Int>) {
        guard let layout = QRLayout.smallest(for: bytes.count) else { return nil }
        let bits = QRContent(bytes, in: layout).bits
        let drafts = masks.map { mask in QRDraft(layout: layout, bits: bits, mask: mask) }
        let costs = drafts.map(\.penalty)
        guard let best = drafts.indices.min(by: { costs[$0] < costs[$1] }) else { return nil }
        version = layout.version
        size = layout.size
        mask = drafts[best].mask
        modules = drafts[best].modules
    }

    /// Whether the module in that line and column is dark; what lies around the code is not.
    package func isDark(_ row: Int, _ column: Int) -> Bool {
        (0..<size).contains(row) && (0..<size).contains(column) && modules[row * size + column]
    }

    /// The lines, a dark module an `X` and a light one a point.
    package var rows: [String] {
        (0..<size).map { row in
            String((0..<size).map { column in isDark(row, column) ? "X" : "." })
        }
    }

    /// The lines in block characters, two lines of modules in one of text, with the margin of four
    /// modules that a camera needs: dark on light, whatever a terminal's colours are, is for the
    /// caller to see to.
    package var blocks: [String] {
        let margin = 4
        return stride(from: -margin, to: size + margin, by: 2).map { row in
            String(
                (-margin..<size + margin).map { column -> Character in
                    switch (isDark(row, column), isDark(row + 1, column)) {
                    case (true, true): "█"
                    case (true, false): "▀"
                    case (false, true): "▄"
                    case (false, false): " "
                    }
                })
        }
    }
}
