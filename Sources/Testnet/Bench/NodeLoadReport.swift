import Console
import API

struct NodeLoad {
    let name: String
    let role: String
    let memory: ProcessMemory
    /// How much of one core it used, in percent.
    let processorPercent: Double
}

struct NodeLoadReport {
    let loads: [NodeLoad]
    /// Over how many seconds the use of processors was measured.
    let seconds: Int
    let machine: Machine
    /// Which kind of build the nodes ran.
    let build: String
    /// How much of one core everything on the machine used, in percent.
    let machineShare: Double

    var text: String {
        var table = Table(
            ["node", "role", "% of a core", "VmRSS MB", "RssAnon MB", "VmHWM MB"],
            rightAligned: [2, 3, 4, 5])
        for load in loads {
            table.add([
                load.name, load.role, "\(Figures.rounded(load.processorPercent, decimals: 2))",
                "\(ProcessMemory.megabytes(load.memory.resident))",
                "\(ProcessMemory.megabytes(load.memory.anonymous))",
                "\(ProcessMemory.megabytes(load.memory.peak))",
            ])
        }
        return """
            \(table.markdown)

            - over \(seconds) s; memory at their end, in MB of 1,000,000 bytes: all that is \
            resident, what of it is the process's own, the most there ever was
            - build: \(build); machine: \(machine.text)
            - everything on the machine used \(Figures.text(machineShare)) % of a core
            """
    }

    var json: JSON {
        let nodes = loads.map { load -> JSON in
            [
                "name": .string(load.name), "role": .string(load.role),
                "processorPercent": Figures.json(load.processorPercent, decimals: 2),
                "residentBytes": .number(load.memory.resident),
                "anonymousBytes": .number(load.memory.anonymous),
                "peakBytes": .number(load.memory.peak),
            ]
        }
        return [
            "nodes": .array(nodes), "seconds": .number(seconds), "build": .string(build),
            "machine": machine.json,
            "machinePercent": Figures.json(machineShare),
        ]
    }
}
