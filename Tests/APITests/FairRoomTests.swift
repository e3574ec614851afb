import Testing

@testable import API

@Suite struct FairRoomTests {
    private func gaveWay(_ admission: FairRoom<String>.Admission) -> [String]? {
        guard case .kept(let items) = admission else { return nil }
        return items
    }

    @Test func `one client may fill a quarter`() {
        var room = FairRoom<String>(capacity: 8)
        #expect(gaveWay(room.add("a1", under: 1, of: "a")) == [])
        #expect(gaveWay(room.add("a2", under: 2, of: "a")) == [])
        #expect(gaveWay(room.add("a3", under: 3, of: "a")) == nil)
        #expect(gaveWay(room.add("big", under: 4, size: 3, of: "b")) == nil)
        room.remove(1)
        #expect(gaveWay(room.add("a3", under: 3, of: "a")) == [])
        #expect(room.items.sorted() == ["a2", "a3"])
    }

    @Test func `the oldest of whoever holds most gives way`() {
        var room = FairRoom<String>(capacity: 8)
        for (index, client) in ["a", "b", "c", "d"].enumerated() {
            for part in 0..<2 {
                let name = UInt64(2 * index + part)
                #expect(gaveWay(room.add("\(client)\(part)", under: name, of: client)) == [])
            }
        }
        let first = gaveWay(room.add("e0", under: 10, of: "e"))
        #expect(first?.count == 1 && first?[0].hasSuffix("0") == true)
        #expect(room.count == 8)
        // One who holds as much as the others takes nothing of theirs.
        #expect(gaveWay(room.add("e1", under: 11, of: "e")) == nil)
        #expect(room[10] == "e0")
    }

    @Test func `nothing gives way to what is refused`() {
        var room = FairRoom<String>(capacity: 16)
        for name in 0..<4 as Range<UInt64> {
            #expect(gaveWay(room.add("a\(name)", under: name, of: "a")) == [])
        }
        for name in 4..<8 as Range<UInt64> {
            #expect(gaveWay(room.add("b", under: name, size: 3, of: "\(name)")) == [])
        }
        // One of the four would give way, and then nobody holds as much as this one would.
        #expect(gaveWay(room.add("c", under: 8, size: 4, of: "c")) == nil)
        #expect(room.count == 8 && room[0] == "a0")
    }

    @Test func `strangers with one thing each make room for one who has none`() {
        var room = FairRoom<String>(capacity: 8)
        for name in 0..<8 as Range<UInt64> {
            #expect(gaveWay(room.add("\(name)", under: name, of: "\(name)")) == [])
        }
        // What was not used for longest goes.
        room.touch(0)
        #expect(gaveWay(room.add("a", under: 10, of: "a")) == ["1"])
        // One who has something takes nothing from those who have no more.
        #expect(gaveWay(room.add("a", under: 11, of: "a")) == nil)
        #expect(gaveWay(room.add("b", under: 12, of: "b")) == ["2"])
    }

    @Test func `what this machine's owner has kept gives way to nobody else`() {
        var room = FairRoom<String>(capacity: 8)
        for name in 0..<2 as Range<UInt64> {
            #expect(gaveWay(room.add("own", under: name, of: "127.0.0.1")) == [])
        }
        for name in 2..<40 as Range<UInt64> {
            #expect(gaveWay(room.add("\(name)", under: name, of: "\(name)")) != nil)
        }
        #expect(room[0] == "own" && room[1] == "own" && room.count == 8)
        // Nor is it kept from its share by others who hold no more each.
        room.remove(0)
        #expect(gaveWay(room.add("another", under: 50, of: "another")) == [])
        #expect(gaveWay(room.add("own", under: 51, of: "127.0.0.1"))?.count == 1)
    }

    @Test func `what is over leaves room for all`() {
        var room = FairRoom<String>(capacity: 4)
        #expect(gaveWay(room.add("a", under: 1, of: "a")) == [])
        #expect(gaveWay(room.add("b", under: 2, of: "a")) == nil)
        room.remove { $0 == "a" }
        #expect(room.count == 0)
        #expect(gaveWay(room.add("b", under: 2, of: "a")) == [])
        room[2] = "c"
        #expect(room[2] == "c")
        room[2] = nil
        #expect(room.count == 0)
    }
}
