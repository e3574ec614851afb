import Dispatch

/// Several attacks of a group at the same time: what their short form is, so that all of them are made
/// within a minute or two.
struct AttacksTogether: MemberAttack {
    let attacks: [any Attack]

    var number: String { attacks.map(\.number).joined(separator: " ") }
    var title: String { attacks.count == 1 ? attacks[0].title : "at the same time" }
    var target: String { attacks.count == 1 ? attacks[0].target : "v1" }
    var stops: Set<String> { attacks.reduce(into: []) { $0.formUnion($1.stops) } }
    var leavesTraders: Bool { attacks.allSatisfy(\.leavesTraders) }
    var members: Int { attacks.reduce(0) { $0 + $1.members } }

    /// The groups in which `attacks` are made at once: those that stop no trader by their letter, the
    /// others each by itself at the end.
    static func groups(of attacks: [any Attack]) -> [AttacksTogether] {
        let usual = attacks.filter(\.leavesTraders)
        let letters = ["n", "r", "m"].map { letter in usual.filter { $0.number.hasPrefix(letter) } }
        let alone = attacks.filter { !$0.leavesTraders }.map { [$0] }
        return (letters + alone).filter { !$0.isEmpty }.map(AttacksTogether.init)
    }

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let running = DispatchGroup()
        let failure = AttackFailure()
        let efforts = attacks.map { ($0, AttackEffort(isShort: effort.isShort)) }
        for (attack, own) in efforts {
            AttackThread.start(in: running) {
                do {
                    try attack.run(against: testnet, own)
                } catch {
                    failure.note(error)
                }
            }
        }
        while !effort.isOver, failure.error == nil { HeldConnections.pause(effort) }
        for (_, own) in efforts { own.end() }
        running.wait()
        if let error = failure.error { throw error }
        for (attack, own) in efforts {
            for (name, count) in own.counts { effort.count("\(attack.number) \(name)", count) }
            for claim in own.claims {
                effort.claim(
                    "\(attack.number) \(claim.name)", claim.isMet, claim.figure,
                    limit: claim.limit)
            }
        }
    }
}
