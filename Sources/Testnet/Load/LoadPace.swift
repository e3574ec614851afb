/// When a load's transactions are handed in.
enum LoadPace {
    /// So many are under way at any time: handed in and not final yet. It shows what the nodes can
    /// take.
    case closed(inFlight: Int)
    /// Each when it is due, whatever has become of those before it: each member in turn. It shows how
    /// long people wait.
    case open(LoadSchedule)
}

/// Which members may hand in how many of their transactions by now.
struct LoadAllowance {
    private let pace: LoadPace
    private let batch: Int
    private var turn = 0
    /// How many transactions may have been handed in so far.
    private(set) var allowed = 0

    /// At `pace`, `batch` at a time.
    init(_ pace: LoadPace, batch: Int) {
        self.pace = pace
        self.batch = batch
    }

    /// Lets `lanes` go on as far as they may at `time`, of whose transactions `finals` are final.
    mutating func extend(_ lanes: [LoadLane], at time: Double, finals: Int) {
        switch pace {
        case .closed(let inFlight): fill(lanes, room: inFlight - (allowed - finals), at: time)
        case .open(let schedule):
            while allowed < schedule.due.count, schedule.due[allowed] <= time {
                lanes[allowed % lanes.count].allowed += 1
                allowed += 1
            }
        }
    }

    /// Lets members that wait for nothing hand in a batch each, in turn, while there is room.
    private mutating func fill(_ lanes: [LoadLane], room: Int, at time: Double) {
        var room = room
        for _ in lanes where room > 0 {
            let lane = lanes[turn % lanes.count]
            turn += 1
            guard lane.asked == nil, lane.taken == lane.allowed, lane.pausedUntil <= time else {
                continue
            }
            let count = min(batch, room, lane.numbers.upperBound - lane.allowed)
            lane.allowed += count
            allowed += count
            room -= count
        }
    }

    /// When the next transaction is due; nil if that does not depend on time.
    var nextDue: Double? {
        guard case .open(let schedule) = pace, allowed < schedule.due.count else { return nil }
        return schedule.due[allowed]
    }

    /// When each of the transactions of so many `lanes` is due, by its number; nil if that does not
    /// depend on time.
    static func due(_ pace: LoadPace, in lanes: [Range<Int>]) -> [Double]? {
        guard case .open(let schedule) = pace else { return nil }
        var due = [Double](repeating: 0, count: lanes.last?.upperBound ?? 0)
        for (place, time) in schedule.due.enumerated() {
            due[lanes[place % lanes.count].lowerBound + place / lanes.count] = time
        }
        return due
    }
}
