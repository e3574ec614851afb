/// What one node's process needs.
struct NodeLoad {
    let name: String
    let role: String
    let memory: ProcessMemory
    /// How much of one core it used, in percent.
    let processorPercent: Double
}

/// What nodes' processes need.
struct NodeLoadReport {
    let loads: [NodeLoad]
    /// Over how many seconds the use of processors was measured.
    let seconds: Int
    let machine: Machine
    /// How much of one core everything on the machine used, in percent.
    let machineShare: Double

    var text: String {
        var table = MarkdownTable(
            ["node", "role", "% of a core", "VmRSS MB", "RssAnon MB", "VmHWM MB"], textColumns: 2)
        for load in loads {
            table.add([
                load.name, load.role, "\(Figures.rounded(load.processorPercent, decimals: 2))",
                "\(ProcessMemory.megabytes(load.memory.resident))",
                "\(ProcessMemory.megabytes(load.memory.anonymous))",
                "\(ProcessMemory.megabytes(load.memory.peak))",
            ])
        }
        return """
            \(table.text)

            - over \(seconds) s; memory at their end, in MB of 1,000,000 bytes: all that is \
            resident, what of it is the process's own, the most there ever was
            - build: \(Machine.build); machine: \(machine.text)
            - everything on the machine used \(Figures.text(machineShare)) % of a core
            """
    }

    var json: JSONValue {
        let nodes = loads.map { load -> JSONValue in
            [
                "name": .text(load.name), "role": .text(load.role),
                "processorPercent": .number(Figures.rounded(load.processorPercent, decimals: 2)),
                "residentBytes": .integer(Int64(load.memory.resident)),
                "anonymousBytes": .integer(Int64(load.memory.anonymous)),
                "peakBytes": .integer(Int64(load.memory.peak)),
            ]
        }
        return [
            "nodes": .list(nodes), "seconds": .integer(Int64(seconds)), "machine": machine.json,
            "machinePercent": .number(Figures.rounded(machineShare)),
        ]
    }
}
