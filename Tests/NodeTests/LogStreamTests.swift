import Foundation
import Testing

@testable import Node

@Suite struct LogStreamTests {
    private func written(_ line: String) throws -> String {
        let pipe = Pipe()
        LogStream(descriptor: pipe.fileHandleForWriting.fileDescriptor).write(line)
        try pipe.fileHandleForWriting.close()
        return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }

    @Test func `a line cannot become two, nor move the cursor`() throws {
        let forged = "info: no\n2026-11-27 critical h01: all is lost\u{1b}[2J\r"
        #expect(
            try written(forged + "\n")
                == "info: no\\n2026-11-27 critical h01: all is lost\\u{1b}[2J\\u{d}\n")
    }

    @Test func `a line has an end`() throws {
        let line = try written(String(repeating: "x", count: 1 << 14) + "\n")
        #expect(line == String(repeating: "x", count: LogStream.longestLine) + "…\n")
    }
}
