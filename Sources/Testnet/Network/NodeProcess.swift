import Console
import Client
import FoundationEssentials
import Glibc
import Keys
import Node

/// A node as a process of its own.
struct NodeProcess {
    let name: String
    let directory: TestnetDirectory

    /// The process that runs the node, or nil. A process that took over a dead node's number, also
    /// after the machine was started anew, is not taken for the node: it began at another time.
    var pid: pid_t? {
        guard let text = SystemFile.text(directory.pidFile(name)) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let pid = pid_t(words[0]), pid > 1, Self.isRunning(pid),
            Self.beginning(of: pid) == "\(words[1]) \(words[2])"
        else { return nil }
        return pid
    }

    /// When the process began, in the kernel's ticks, and since which start of the machine; empty
    /// if there is none.
    static func beginning(of pid: pid_t) -> String {
        guard let ticks = SystemFile.stat(of: pid)?.dropFirst(19).first,
            let start = SystemFile.text("/proc/sys/kernel/random/boot_id")
        else { return "" }
        return "\(ticks) \(start.filter { !$0.isWhitespace })"
    }

    /// The name under which the proxies' process is kept, beside the nodes'.
    static let proxyName = "proxy"

    /// Starts the node in a session of its own, its output appended to its log.
    func start() throws -> pid_t {
        let executable: String
        let arguments: [String]
        if name == Self.proxyName {
            executable = try SystemFile.thisProgram
            arguments = ["network", "proxy", "--dir", directory.path]
        } else {
            let configuration = directory.configuration(name)
            executable = try Self.program(running: configuration)
            arguments = ["node", "--config", configuration]
        }
        try DurableFile.makePrivateDirectory(at: directory.node(name))
        let pid = try Self.spawn(executable, arguments, log: directory.log(name))
        try DurableFile.write(
            Array("\(pid) \(Self.beginning(of: pid))\n".utf8), to: directory.pidFile(name))
        return pid
    }

    /// The program that runs the node of the file `configuration`: the one that households have;
    /// for a validator that is to misbehave, which only a debug build can, this one.
    private static func program(running configuration: String) throws -> String {
        let faults = try? NodeConfiguration(file: configuration).faults
        return try faults?.byzantine.isEmpty ?? true
            ? SystemFile.busbar : SystemFile.thisProgram
    }

    /// Starts the program at `executable` in a session of its own, its output appended to `log`.
    static func spawn(
        _ executable: String, _ arguments: [String], log: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        keepDescriptorsFromChildren()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This thread may hold signals back, and what it starts would too: then nobody could stop
        // it.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK))
        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        // What is set for one node by hand would else be every node's setting.
        let variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BUSBAR_") }
        var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { environment.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, executable, &actions, &attributes, &argv, &environment)
        guard code == 0 else {
            throw CommandFailure(
                .failed,
                "\(executable) cannot be started with its log in \(log): "
                    + String(cString: strerror(code)))
        }
        return pid
    }

    /// POSIX_SPAWN_SETSID, which the system's headers show to GNU sources alone.
    private static let newSession: Int16 = 0x80

    /// Whoever waits for the end of what this command was given to write to must not wait for the
    /// node's end.
    private static func keepDescriptorsFromChildren() {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// Sends `signal` to the node's process; says whether there was one.
    @discardableResult
    func send(_ signal: Int32) -> Bool {
        guard let pid else { return false }
        return kill(pid, signal) == 0
    }

    /// Asks the processes to stop, and ends those that have not stopped after `seconds`. A paused
    /// one is let go on, so that it hears.
    static func stop(_ processes: [NodeProcess], within seconds: Int = 15) {
        let pids = processes.compactMap(\.pid)
        for pid in pids {
            kill(pid, SIGTERM)
            kill(pid, SIGCONT)
        }
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while pids.contains(where: isRunning), ContinuousClock.now < deadline {
            Terminal.pause(milliseconds: 50)
        }
        for pid in pids where isRunning(pid) { kill(pid, SIGKILL) }
        while pids.contains(where: isRunning) { Terminal.pause(milliseconds: 20) }
    }

    func lastLogLines(_ count: Int = 20) -> [String] {
        var log = LogFile(path: directory.log(name))
        return log.lastLines(count)
    }

    /// Whether the process exists and is not a dead one that nobody has collected.
    static func isRunning(_ pid: pid_t) -> Bool {
        // A child of this command stays in the table until it is waited for.
        waitpid(pid, nil, WNOHANG)
        return isAlive(pid)
    }

    /// Whether the process exists and has not ended, whether somebody has collected it or not.
    ///
    /// Where a thread that is not the first one executes a program, as a node does at its start, the
    /// process is shown as dead for a moment, since its first thread is, and has another thread.
    static func isAlive(_ pid: pid_t) -> Bool {
        guard exists(pid) else { return false }
        // What shows no state is there or not by the system's word alone.
        guard let state = state(of: pid) else { return exists(pid) }
        guard state == "Z" || state == "X" else { return true }
        let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
        return (threads?.count ?? 0) > 1 || self.state(of: pid).map { !"ZX".contains($0) } == true
    }

    /// Whether there is a process of this number, dead ones that nobody has collected among them.
    static func exists(_ pid: pid_t) -> Bool {
        kill(pid, 0) == 0 || errno == EPERM
    }

    /// The letter for the process's state (proc(5)): R, S, T, Z and so on.
    static func state(of pid: pid_t) -> Character? {
        SystemFile.stat(of: pid)?.first?.first
    }
}

/// Files of the system, whose length is not known before they are read.
enum SystemFile {
    static func text(_ path: String) -> String? {
        (try? DurableFile.read(at: path, limit: 1 << 20)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// What the kernel says of the process `pid` after its name, which may hold anything: its state
    /// first, then numbers (proc(5), `stat`, from the third field on); nil if there is none.
    static func stat(of pid: pid_t) -> [Substring]? {
        guard let text = text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// The path of the program that households have, beside this one.
    static var busbar: String {
        get throws {
            let own = try thisProgram
            let directory = own.lastIndex(of: "/").map { String(own[...$0]) } ?? ""
            let path = directory + "busbar"
            guard access(path, X_OK) == 0 else {
                throw CommandFailure(.failed, "\(path): is not there; build busbar beside \(own)")
            }
            return path
        }
    }

    static var thisProgram: String {
        get throws {
            guard let path = program(of: getpid()) else {
                throw CommandFailure(.failed, "the path of this program cannot be read")
            }
            return path
        }
    }

    /// The path of the program that the process `pid` runs; nil if there is none.
    static func program(of pid: pid_t) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    }
}
