import API
import ArgumentParser
import Client
import Console
import Keys

/// How a measurement is told.
struct MeasurementOptions: ParsableArguments {
    @Option(help: "What to call the version that is measured.")
    var commit: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Write JSON into this file too.")
    var save: String?

    /// Prints `text`, or what `answer` is in JSON, which goes into the file that is wanted.
    func tell(_ text: String, _ answer: JSON) throws {
        let pretty = answer.pretty
        if let save { try DurableFile.write(Array((pretty + "\n").utf8), to: save) }
        Terminal.say(json ? pretty : text)
    }
}
