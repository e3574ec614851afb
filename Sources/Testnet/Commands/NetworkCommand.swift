import Console
import Client
import ArgumentParser
import Glibc
import Keys

struct NetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Make, start, watch and stop a testnet of nodes on this machine.",
        subcommands: [
            Init.self, Up.self, Status.self, Down.self, Logs.self, Chaos.self, Proxy.self,
        ])
}

struct DirectoryOptions: ParsableArguments {
    @Option(help: "The testnet's directory.")
    var dir = ".cluster"

    func directory() throws -> TestnetDirectory { try TestnetDirectory(dir) }
}

struct MakingOptions: ParsableArguments {
    @Option(help: "The manifest of a new testnet (TOML).")
    var manifest = "cluster/manifests/default.toml"

    @Option(help: "How many validators a new testnet has, in place of the manifest's.")
    var validators: Int?

    @Option(help: "How many households a new testnet has, in place of the manifest's.")
    var households: Int?

    @Option(help: "How many times as fast as real time its market runs; 1 for real time.")
    var speed: UInt32?

    @Flag(help: "Put a proxy between each two nodes, so that chaos can cut and slow links.")
    var proxies = false

    func validate() throws {
        try check("--validators", validators, in: 1...64)
        try check("--households", households, in: 0...200)
        try check("--speed", speed, in: 1...3_600)
    }

    /// Whether anything is said that holds for a new testnet alone.
    var isUsed: Bool {
        validators != nil || households != nil || speed != nil || proxies
            || manifest != "cluster/manifests/default.toml"
    }

    func make(in directory: TestnetDirectory) throws {
        let path = manifest
        var manifest = try NetworkManifest(file: path)
        let table = try HouseholdTable(file: manifest.dataDirectory + "/households.csv")
        if let validators { manifest.validators = validators }
        if let speed { manifest.speed = speed }
        if let households {
            manifest.households = table.names(households, first: manifest.households)
        }
        let needsProxies =
            !manifest.links.isEmpty
            || manifest.plan.contains(where: \.action.isAboutLinks)
        let plan = try TestnetPlan(
            manifest: manifest, households: table, withProxies: proxies || needsProxies)
        let endpoints = try TestnetMaker.make(plan, in: directory)
        try DurableFile.write(DurableFile.read(at: path), to: directory.manifest)
        Terminal.note("chain id \(endpoints.chainId)")
    }
}

extension NetworkCommand {
    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make keys, certificates, genesis and configurations of a testnet.")

        @OptionGroup var place: DirectoryOptions
        @OptionGroup var making: MakingOptions

        func run() throws {
            let directory = try place.directory()
            try making.make(in: directory)
            Terminal.say("\(directory.path)/endpoints.json")
        }
    }

    struct Up: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a testnet, new or resumed, and wait until it is of use.")

        @OptionGroup var place: DirectoryOptions
        @OptionGroup var making: MakingOptions

        @Flag(help: "Stop and remove the testnet that is there, and make a new one.")
        var fresh = false

        @Option(
            help: "How long to wait until all nodes are ready and a block is final, in seconds.")
        var timeout = 120

        @OptionGroup var camera: CameraCode

        func run() throws {
            let directory = try place.directory()
            if fresh, directory.isMade {
                var old = try Testnet(directory)
                try old.remove()
            }
            if !directory.isMade {
                try making.make(in: directory)
            } else {
                Terminal.note("resuming the testnet in \(directory.path)")
                if making.isUsed {
                    Terminal.note("what a new one is made from is not looked at; see --fresh")
                }
            }
            var testnet = try Testnet(directory)
            try testnet.startUp(timeoutSeconds: timeout)
            let beginning = testnet.beginning
            Terminal.say(testnet.report(beginning))
            if let beginning { camera.show(beginning.address) }
        }
    }

    struct Down: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop all nodes, cleanly.")

        @OptionGroup var place: DirectoryOptions

        @Flag(help: "Remove the testnet's directory too.")
        var remove = false

        func run() throws {
            var testnet = try Testnet(place.directory())
            let running = testnet.processNames.filter {
                testnet.process($0).pid != nil
            }
            try testnet.stop(running)
            Terminal.note("stopped \(running.count) processes")
            if remove { try testnet.remove() }
        }
    }

    struct Logs: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the end of a node's log.")

        @OptionGroup var place: DirectoryOptions

        @Argument(help: "The node's name.")
        var node: String

        @Flag(name: .shortAndLong, help: "Go on printing what is added.")
        var follow = false

        @Option(name: .shortAndLong, help: "How many lines.")
        var lines = 50

        func run() throws {
            let testnet = try Testnet(place.directory())
            if node != NodeProcess.proxyName { _ = try testnet.endpoints.node(node) }
            let path = testnet.directory.log(node)
            var log = LogFile(path: path)
            for line in log.lastLines(lines) { Terminal.say(line) }
            guard follow else { return }
            guard access(path, R_OK) == 0 else { throw FileError.missing(path: path) }
            while true {
                let added = log.added()
                if !added.isEmpty {
                    Terminal.say(added.hasSuffix("\n") ? String(added.dropLast()) : added)
                }
                Terminal.pause(milliseconds: 200)
            }
        }
    }
}

extension Testnet {
    /// Stops what runs and removes the directory.
    fileprivate mutating func remove() throws {
        try stop(processNames)
        directory.remove()
        Terminal.note("removed \(directory.path)")
    }
}
