import Glibc
package import Protocol

extension DurableFile {
    /// Reads a file of at most `limit` bytes that its owner alone may use.
    ///
    /// Throws ``FileError/exposed(path:permissions:)`` where the group or others may read or
    /// change it, and ``FileError/foreign(path:owner:)`` where it is another user's.
    package static func readSecret(
        at path: String, limit: Int = 65_536
    ) throws(FileError) -> Bytes {
        try read(at: path, limit: limit) { status throws(FileError) in
            try requireOwn(status, path)
            let permissions = status.st_mode & 0o7777
            guard permissions & 0o077 == 0 else {
                throw .exposed(path: path, permissions: permissions)
            }
        }
    }

    /// Reads a file of at most `limit` bytes that others may read, and that is this user's: what it
    /// says is believed.
    package static func readOwn(at path: String, limit: Int = 1_048_576) throws(FileError) -> Bytes
    {
        try read(at: path, limit: limit) { status throws(FileError) in
            try requireOwn(status, path)
        }
    }

    private static func requireOwn(_ status: stat, _ path: String) throws(FileError) {
        guard status.st_uid == geteuid() else {
            throw .foreign(path: path, owner: status.st_uid)
        }
    }

    /// Reads a file of at most `limit` bytes, whoever may use it.
    package static func read(at path: String, limit: Int = 1_048_576) throws(FileError) -> Bytes {
        try read(at: path, limit: limit) { _ throws(FileError) in }
    }

    private static func read(
        at path: String, limit: Int, check: (stat) throws(FileError) -> Void
    ) throws(FileError) -> Bytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .missing(path: path) : systemError(path, "open")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemError(path, "look at") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        try check(status)
        return try readToEnd(descriptor, path: path, limit: limit)
    }

    /// Reads what `descriptor` still gives, at most `limit` bytes.
    static func readToEnd(
        _ descriptor: Int32, path: String, limit: Int
    ) throws(FileError) -> Bytes {
        var bytes: Bytes = []
        var chunk = Bytes(repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemError(path, "read") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .tooLong(path: path, limit: limit) }
        }
    }

    /// Makes `path` and what lies above it where missing, for the owner alone (mode 0700).
    package static func makePrivateDirectory(at path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return try requireDirectory(path) }
        let parent = directory(of: path)
        guard errno == ENOENT, parent != path, parent != "." else {
            throw systemError(path, "create")
        }
        try makePrivateDirectory(at: parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw systemError(path, "create")
        }
    }

    private static func requireDirectory(_ path: String) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw systemError(path, "look at") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .system(path: path, operation: "create", code: ENOTDIR)
        }
    }
}
