import CFuzzer
import FuzzTargets
import Glibc

/// The target under test, for a callback that can capture nothing.
nonisolated(unsafe) var target = FuzzTarget.all[0]

/// Says which targets there are, or hands one to libFuzzer with the rest of the arguments.
func run() -> Int32 {
    let arguments = CommandLine.arguments
    guard arguments.count > 1, let chosen = FuzzTarget.all.first(where: { $0.name == arguments[1] })
    else {
        for target in FuzzTarget.all { puts(target.name) }
        return arguments.dropFirst().first == "--list" ? 0 : 64
    }
    target = chosen
    var rest = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) }
    var count = Int32(rest.count)
    rest.append(nil)
    return rest.withUnsafeMutableBufferPointer { buffer in
        var start = buffer.baseAddress
        return LLVMFuzzerRunDriver(&count, &start) { data, size in
            let verdict = target.read(Array(UnsafeBufferPointer(start: data, count: size)))
            if case .wrong(let reason) = verdict { fatalError(reason) }
            return 0
        }
    }
}

exit(run())
