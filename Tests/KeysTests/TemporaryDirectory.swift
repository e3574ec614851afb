import Foundation

/// A new directory that `body` may use, gone when it returns.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.path + "/busbar-wallet-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            fatalError("could not remove \(path): \(error)")
        }
    }
    return try body(path)
}

/// The permission bits of what stands at `path`.
func permissions(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
}
