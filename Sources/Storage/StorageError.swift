internal import Foundation
internal import GRDB
internal import Protocol

/// Why the store could not be opened, read or written. A node that meets one while it runs stops:
/// it must not go on as if something were stored that is not.
package enum StorageError: Error, Hashable, Sendable {
    /// Another process works in the directory.
    case directoryInUse(path: String, process: Int32?)
    /// The directory holds another chain than the one expected.
    case otherChain(path: String, found: String, expected: String)
    /// The directory holds no chain.
    case noChain(path: String)
    /// The database is of another version of this program, or another program's.
    case foreignFormat(path: String, found: Int)
    /// The disk is full.
    case diskFull(path: String)
    /// The file or directory may not be written or opened.
    case inaccessible(path: String, reason: String)
    /// What is stored is not what was written.
    case damaged(path: String, reason: String)
    /// Reading or writing failed for another reason.
    case failed(path: String, reason: String)
}

extension StorageError: CustomStringConvertible {
    /// One line that says what was wrong, where, and what to do.
    package var description: String {
        switch self {
        case .directoryInUse(let path, let process):
            "data directory \(path) in use by process \(process.map(String.init) ?? "unknown")"
        case .otherChain(let path, let found, let expected):
            "data directory \(path) belongs to \(found), not to \(expected)"
        case .noChain(let path): "data directory \(path) holds no chain"
        case .foreignFormat(let path, let found):
            "\(path) has format \(found), this program writes format \(Schema.version)"
        case .diskFull(let path): "no space left on the disk of \(path); make room and start again"
        case .inaccessible(let path, let reason): "\(path) cannot be opened: \(reason)"
        case .damaged(let path, let reason):
            "\(path) is damaged: \(reason); 'busbar chain repair' puts it aside, and the node "
                + "fetches the chain again"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }
}

extension StorageError {
    init(_ error: any Error, path: String) {
        if let error = error as? StorageError {
            self = error
            return
        }
        if let error = error as? CocoaError {
            self = .inaccessible(path: path, reason: error.localizedDescription)
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, reason: String(describing: error))
            return
        }
        let code = "result code \(error.extendedResultCode.rawValue)"
        // The library names tables and columns as the file has them.
        let reason = "\(UntrustedText(error.message ?? code))"
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull(path: path)
        // What is written breaks no constraint, unless something is there that should not be.
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CONSTRAINT:
            self = .damaged(path: path, reason: reason)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            self = .inaccessible(path: path, reason: reason)
        case .SQLITE_IOERR:
            self = .failed(path: path, reason: "the disk cannot be read or written (\(reason))")
        default: self = .failed(path: path, reason: reason)
        }
    }
}
