import Glibc

/// Why a file that holds secrets or certificates could not be read or written.
package enum FileError: Error, Hashable, Sendable {
    /// There is nothing at the path.
    case missing(path: String)
    /// Something stands at the path already, and it must not be replaced.
    case exists(path: String)
    /// The path names a directory, a socket or a device.
    case notAFile(path: String)
    /// Others than its owner may read or change the file.
    case exposed(path: String, permissions: UInt32)
    /// The file belongs to another user of the machine, who could put anything in its place.
    case foreign(path: String, owner: UInt32)
    /// The file is longer than anything expected there.
    case tooLong(path: String, limit: Int)
    /// It is not what it should be.
    case malformed(path: String, reason: String)
    /// The system refused.
    case system(path: String, operation: String, code: Int32)
}

extension FileError: CustomStringConvertible {
    /// One line for a person: what was wrong, where, and what to do where that is known.
    package var description: String {
        switch self {
        case .missing(let path):
            return "\(path): there is no such file"
        case .exists(let path):
            return "\(path): exists already and is not replaced"
        case .notAFile(let path):
            return "\(path): is not a plain file"
        case .exposed(let path, let permissions):
            let mode = String(permissions, radix: 8)
            return "\(path): others than its owner may use it (mode \(mode)); "
                + "run: chmod 600 \(path)"
        case .foreign(let path, let owner):
            return "\(path): belongs to the user \(owner), not to \(geteuid()) who runs this; "
                + "run: chown \(geteuid()) \(path)"
        case .tooLong(let path, let limit):
            return "\(path): is longer than \(limit) bytes"
        case .malformed(let path, let reason):
            return "\(path): \(reason)"
        case .system(let path, let operation, let code):
            return "\(path): cannot \(operation): \(String(cString: strerror(code)))"
        }
    }
}
