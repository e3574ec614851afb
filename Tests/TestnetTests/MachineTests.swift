import API
import Glibc
import Testing

@testable import Testnet

@Suite struct MachineTests {
    @Test func `the build is known of nodes that run the program beside this one`() throws {
        #expect(try Machine.build(ofNodes: [getpid()]) == "of another program than this one")
        #expect(try Machine.build(ofNodes: [-1]) == "of another program than this one")
        #expect(try Machine.build(ofNodes: []) == Machine.build)
    }
}

@Suite struct MountTableTests {
    private static let table = MountTable(
        """
        21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
        30 21 0:25 / /tmp rw,nosuid - tmpfs tmpfs rw
        31 30 8:2 / /tmp/a\\040disk rw shared:9 master:2 - xfs /dev/sdb rw
        32 21 8:3 / /srv rw - ext4 /dev/sdc rw
        33 21 8:4 / /srv rw - btrfs /dev/sdd rw
        no mount
        """)

    @Test(arguments: [
        ("/", "ext4"), ("/home/x", "ext4"), ("/tmp", "tmpfs"), ("/tmp/busbar", "tmpfs"),
        ("/tmpfile", "ext4"), ("/tmp/a disk/b", "xfs"), ("/srv/net", "btrfs"),
    ])
    func `a path is of the file system that is mounted nearest above`(path: String, kind: String) {
        #expect(Self.table.kind(ofResolved: path) == kind)
    }

    @Test func `a measurement says what its files lie on`() {
        let machine = Machine.this(storingIn: "/proc/self")
        #expect(machine.fileSystem == "proc")
        #expect(machine.text.hasSuffix(", files on proc") && machine.json["fileSystem"] == "proc")
        #expect(Machine.this(storingIn: "/nowhere").fileSystem == "unknown")
        #expect(!Machine.this.text.contains("files on"))
        #expect(MountTable("").kind(at: "/") == nil)
    }
}
