internal import Glibc

/// The right to work in a data directory: an exclusive `flock` on its file `lock`, which the
/// system gives back when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of `directory`, which must exist; writes this process's number into it.
    ///
    /// Throws `directoryInUse` with the holder's number if another process has it.
    init(directory: String) throws(StorageError) {
        let path = directory + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .inaccessible(path: path, reason: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.process(in: descriptor)
            close(descriptor)
            throw .directoryInUse(path: directory, process: holder)
        }
        self.descriptor = descriptor
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count
        else {
            // The number is for people; the lock itself holds without it.
            return
        }
    }

    deinit {
        close(descriptor)
    }

    /// Gives the lock back before the object is gone.
    func release() {
        _ = flock(descriptor, LOCK_UN)
    }

    private static func process(in descriptor: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text.prefix(count).prefix { $0 != 10 }, as: UTF8.self))
    }
}
