import API
import Glibc
import Testing

@testable import Testnet

@Suite struct ProcessActivityTests {
    private func activity(
        _ threads: [String: UInt64], processor: UInt64 = 0
    ) -> ProcessActivity {
        ProcessActivity(
            threads: threads.mapValues {
                ProcessActivity.Counts(processor: $0, voluntary: 2 * $0, involuntary: 3 * $0)
            }, processor: processor, written: 0)
    }

    @Test func `an idle node's threads are counted together`() throws {
        let status = "Name:\tbusbar\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n"
        #expect(ProcessActivity.value("voluntary_ctxt_switches", in: status) == 12)
        #expect(ProcessActivity.value("nonvoluntary_ctxt_switches", in: status) == 3)
        #expect(ProcessActivity.nanoseconds("5000 20 3\n") == 5_000)
        // A thread that has ended takes nothing away; one that has begun counts in full.
        let counts = activity(["1": 15, "3": 4]).counts(since: activity(["1": 10, "2": 500]))
        #expect(counts == ProcessActivity.Counts(processor: 9, voluntary: 18, involuntary: 27))
        let before = try #require(ProcessActivity(of: getpid()))
        usleep(2_000)
        let since = try #require(ProcessActivity(of: getpid())).counts(since: before)
        #expect(since.voluntary >= 1 && since.processor > 0)
        #expect(ProcessActivity(of: -1) == nil)
    }

    @Test func `what threads did that have ended counts with the process's own time`() throws {
        let before = activity(["1": 10, "2": 500], processor: 20_000_000)
        let after = activity(["1": 15], processor: 30_000_000)
        #expect(after.counts(since: before).processor == 10_000_000)
        // Ticks are coarse: what the threads say may be more.
        let fine = activity(["1": 11_000_000], processor: 20_000_000)
        #expect(fine.counts(since: activity(["1": 10])).processor == 20_000_000)
        #expect(
            fine.counts(since: activity(["1": 10], processor: 20_000_000)).processor == 10_999_990)
        // The kernel counts forward; a number that a new thread has takes nothing away, and stops nobody.
        let reused = activity(["1": 4]).counts(since: activity(["1": 10], processor: 1))
        #expect(reused == ProcessActivity.Counts(processor: 4, voluntary: 8, involuntary: 12))
        let own = try #require(ProcessActivity(of: getpid()))
        #expect(own.processor > 0 && own.processor % 1_000_000 == 0)
    }
}

@Suite struct IdleReportTests {
    private func report(blocks: UInt64, build: String = "release") -> IdleReport {
        IdleReport(
            rows: [
                IdleReport.Row(
                    name: "v1", role: "validator",
                    counts: ProcessActivity.Counts(
                        processor: 20_000_000, voluntary: 30, involuntary: 4), written: 50)
            ], seconds: 2, blocks: blocks, machine: .this, build: build, machineShare: 3,
            commit: nil)
    }

    @Test func `says whether blocks came, and of which program`() {
        #expect(report(blocks: 0).text.contains("over 2.0 s in which no block came"))
        #expect(report(blocks: 1).text.contains("one block came: it was no idle time"))
        #expect(report(blocks: 7).text.contains("7 blocks came: it was no idle time"))
        #expect(report(blocks: 7).json["blocks"] == 7)
        let other = report(blocks: 0, build: "of another program than this one")
        #expect(other.text.contains("build: of another program than this one; commit: unknown"))
        #expect(other.json["build"] == "of another program than this one")
    }
}
