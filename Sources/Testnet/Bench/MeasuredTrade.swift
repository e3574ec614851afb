import Protocol

/// A trade whose five steps were timed.
struct MeasuredTrade {
    /// The steps, in their order.
    static let stepNames = ["addOffer", "pickOffer", "confirmP2L_Tx", "PoD", "confirmL2P_Tx"]

    /// From handing a step in until its sender's node had it final, in milliseconds.
    let toFinal: [Double]
    /// What each step took of the ledger's time, in milliseconds: from the block of the step before
    /// to its own block; for the offer, and for the proof, which follows the delivery, from when it
    /// was handed in.
    let ledger: [Double]

    init(_ steps: [(step: BenchParty.Step, blockTime: Timestamp)]) {
        toFinal = steps.map(\.step.millisecondsToFinal)
        ledger = steps.indices.map { index in
            let begin =
                index == 0 || index == Self.proof
                ? steps[index].step.handedIn : steps[index - 1].blockTime
            return Double(steps[index].blockTime.millisecondsSince(begin))
        }
    }

    /// Which step is the proof of delivery.
    private static let proof = 3

    var sumToFinal: Double { toFinal.reduce(0, +) }
    var sumLedger: Double { ledger.reduce(0, +) }
}
