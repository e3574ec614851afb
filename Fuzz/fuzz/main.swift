import CFuzzer
import Dispatch
import FuzzTargets
import Glibc
import Synchronization

/// The target under test, for a callback that can capture nothing.
nonisolated(unsafe) var target = FuzzTarget.all[0]

/// What becomes of `bytes`; waits for it where the target answers in its own time.
func verdict(on bytes: [UInt8]) -> FuzzTarget.Verdict {
    if let readAtOnce = target.readAtOnce { return readAtOnce(bytes) }
    let (done, read) = (DispatchSemaphore(value: 0), target.read)
    let answer = Answer()
    Task.detached {
        let verdict = await read(bytes)
        answer.verdict.withLock { $0 = verdict }
        done.signal()
    }
    done.wait()
    return answer.verdict.withLock { $0 }
}

/// Where a verdict is handed from one thread to another.
final class Answer: Sendable {
    let verdict = Mutex(FuzzTarget.Verdict.refused)
}

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
            let verdict = verdict(on: Array(UnsafeBufferPointer(start: data, count: size)))
            if case .wrong(let reason) = verdict { fatalError(reason) }
            return 0
        }
    }
}

exit(run())
