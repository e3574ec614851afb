import Glibc

/// What is mounted where, as the kernel tells it (proc_pid_mountinfo(5)).
struct MountTable {
    private let mounts: [(point: String, kind: String)]

    /// The table that `text` is; lines that are none are left out.
    init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4, let gap = fields.firstIndex(of: "-"),
                gap + 1 < fields.endIndex
            else { return nil }
            return (Self.unescaped(fields[4]), String(fields[gap + 1]))
        }
    }

    /// The type of the file system in which `path` lies: `ext4`, or `tmpfs`, which is memory.
    func kind(at path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return kind(ofResolved: String(cString: resolved))
    }

    /// That of a path without links. Of two mounts at one place the later one hides the earlier.
    func kind(ofResolved path: String) -> String? {
        var found: (point: String, kind: String)?
        for mount in mounts where Self.contains(mount.point, path) {
            if mount.point.utf8.count >= found?.point.utf8.count ?? 0 { found = mount }
        }
        return found?.kind
    }

    private static func contains(_ point: String, _ path: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    /// Spaces and the like stand as a backslash and three digits of base 8.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let first = rest.popFirst() {
            let digits = String(Substring(rest.prefix(3)))
            if first == UInt8(ascii: "\\"), digits.utf8.count == 3,
                let byte = UInt8(digits, radix: 8)
            {
                bytes.append(byte)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(first)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
