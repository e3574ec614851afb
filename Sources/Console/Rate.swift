/// How far long work is, how fast it goes and how long it will still take.
package struct Rate {
    private let done: UInt64
    private let total: UInt64
    private let since: ContinuousClock.Instant

    package init(done: UInt64, total: UInt64, since: ContinuousClock.Instant) {
        self.done = done
        self.total = total
        self.since = since
    }

    /// `12,340/98,000 (12.6 %) 1,850/s ETA 46 s`
    package var text: String {
        let seconds = (ContinuousClock.now - since) / .seconds(1)
        let share = total == 0 ? 100 : (Double(done) / Double(total) * 1_000).rounded() / 10
        let perSecond = seconds > 0 ? Double(done) / seconds : 0
        var text = "\(Self.grouped(done))/\(Self.grouped(total)) (\(share) %)"
        if perSecond >= 1 {
            let rest = Double(total - min(done, total)) / perSecond
            text += " \(Self.grouped(UInt64(perSecond)))/s ETA \(UInt64(rest.rounded(.up))) s"
        }
        return text
    }

    /// A number with a comma before each three digits.
    package static func grouped(_ number: UInt64) -> String {
        var result = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed())
    }
}
