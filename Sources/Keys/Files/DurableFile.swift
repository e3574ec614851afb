import Faults
import Glibc
package import Protocol

/// Files that are either wholly there, also after a power cut, or not there at all.
package enum DurableFile {
    /// Who may read a file.
    package enum Readers: Sendable {
        /// The owner alone: mode 0600.
        case owner
        /// Everyone: mode 0644.
        case everyone

        var mode: mode_t { self == .owner ? 0o600 : 0o644 }
    }

    /// What to do where a file stands already.
    package enum Existing: Sendable {
        /// Put the new one in its place.
        case replace
        /// Leave it and throw ``FileError/exists(path:)``.
        case keep
    }

    /// Writes `bytes` to `path` by way of a temporary file beside it, with fsync of both the file
    /// and its directory before it returns.
    package static func write(
        _ bytes: Bytes, to path: String, readableBy readers: Readers = .owner,
        existing: Existing = .replace
    ) throws(FileError) {
        try Failpoint.fileBeforeTemporary.pass { _ -> FileError in
            .system(path: path, operation: "write", code: EIO)
        }
        let temporary = "\(path).\(Hexadecimal.encode(Bytes.random(count: 6))).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, readers.mode)
        guard descriptor >= 0 else { throw systemError(path, "create") }
        do throws(FileError) {
            try fill(descriptor, with: bytes, path: path, mode: readers.mode)
            try Failpoint.fileBeforeRename.pass { _ -> FileError in
                .system(path: path, operation: "write", code: EIO)
            }
            try put(temporary, at: path, existing: existing)
        } catch {
            unlink(temporary)
            throw error
        }
        try Failpoint.fileBeforeDirectorySync.pass { _ -> FileError in
            .system(path: path, operation: "flush to disk", code: EIO)
        }
        try synchronizeDirectory(of: path)
    }

    /// Removes the file at `path`, with fsync of its directory before it returns. False if there was
    /// none.
    package static func remove(at path: String) throws(FileError) -> Bool {
        try Failpoint.fileBeforeRemoval.pass { _ -> FileError in
            .system(path: path, operation: "remove", code: EIO)
        }
        guard unlink(path) == 0 else {
            guard errno == ENOENT else { throw systemError(path, "remove") }
            // It may have been removed just now by a process that died before the disk knew.
            try synchronizeDirectory(of: path)
            return false
        }
        try Failpoint.fileAfterRemoval.pass { _ -> FileError in
            .system(path: path, operation: "flush to disk", code: EIO)
        }
        try synchronizeDirectory(of: path)
        return true
    }

    private static func fill(
        _ descriptor: Int32, with bytes: Bytes, path: String, mode: mode_t
    ) throws(FileError) {
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                return Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw systemError(path, "write") }
            written += count
        }
        // The creation mask may have taken bits away that the file is meant to have.
        guard fchmod(descriptor, mode) == 0 else { throw systemError(path, "set the mode") }
        guard fsync(descriptor) == 0 else { throw systemError(path, "flush to disk") }
    }

    private static func put(
        _ temporary: String, at path: String, existing: Existing
    ) throws(FileError) {
        switch existing {
        case .replace:
            guard rename(temporary, path) == 0 else { throw systemError(path, "rename") }
        case .keep:
            guard link(temporary, path) == 0 else {
                throw errno == EEXIST ? .exists(path: path) : systemError(path, "link")
            }
            unlink(temporary)
        }
    }

    private static func synchronizeDirectory(of path: String) throws(FileError) {
        let parent = directory(of: path)
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(parent, "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError(parent, "flush to disk") }
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The system's last error, as one about `path`.
    static func systemError(_ path: String, _ operation: String) -> FileError {
        .system(path: path, operation: operation, code: errno)
    }
}
