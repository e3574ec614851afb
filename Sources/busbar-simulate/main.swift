import Campaigns
import Glibc
import Simulation

// `busbar simulate` without the rest of busbar: it needs the pure targets alone, so that its
// release build takes a minute where busbar's takes many. It takes the same options, and with
// --sources the commit that failures are told with.

/// Writes a line, or text in place of the line before.
func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

/// Shows how far the runs are: on a terminal all the time, elsewhere at the end.
func show(_ progress: String, isLast: Bool) {
    if isatty(STDERR_FILENO) == 1 {
        write("\r\u{1b}[K" + progress + (isLast ? "\n" : ""), to: STDERR_FILENO)
    } else if isLast {
        write(progress + "\n", to: STDERR_FILENO)
    }
}

/// Ends with one line about what is wrong.
func fail(_ reason: String, status: Int32) -> Never {
    write("busbar-simulate: \(reason)\n", to: STDERR_FILENO)
    exit(status)
}

/// The options, with what holds where they are not given.
struct Options {
    private var values = [
        "--seeds": "", "--profile": FaultProfile.swarm.rawValue, "--nodes": "4",
        "--households": "4", "--minutes": "", "--milliseconds": "60000", "--pace": "4000",
        "--jobs": "2", "--sources": "unknown",
    ]

    init(_ arguments: some Sequence<String>) {
        var rest = Array(arguments)[...]
        while let name = rest.popFirst() {
            guard values[name] != nil, let value = rest.popFirst() else {
                let names = values.keys.sorted().map { "[\($0) VALUE]" }.joined(separator: " ")
                fail("usage: busbar-simulate \(names)", status: 64)
            }
            values[name] = value
        }
    }

    func text(_ name: String) -> String { values[name] ?? "" }

    func number<Value: FixedWidthInteger>(_ name: String, as type: Value.Type = Value.self) -> Value
    {
        guard let number = Value(text(name)) else { fail("\(name): not a number", status: 64) }
        return number
    }
}

let options = Options(CommandLine.arguments.dropFirst())
let minutes: UInt64? = options.text("--minutes").isEmpty ? nil : options.number("--minutes")
do throws(SweepPlanError) {
    let plan = try SweepPlan(
        seeds: options.text("--seeds"), profile: options.text("--profile"),
        nodes: options.number("--nodes"), households: options.number("--households"),
        minutes: minutes, milliseconds: options.number("--milliseconds"),
        pace: options.number("--pace"))
    let report = plan.run(jobs: options.number("--jobs"), progress: show)
    for line in report.lines(of: options.text("--sources")) {
        write(line + "\n", to: STDOUT_FILENO)
    }
    if let refusal = report.refusal { fail(refusal, status: 5) }
    write("\(Rate.grouped(report.sweep.runs)) runs, all promises kept\n", to: STDOUT_FILENO)
} catch {
    fail(error.description, status: 1)
}
