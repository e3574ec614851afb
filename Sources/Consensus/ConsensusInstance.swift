public import Protocol

/// One authority's part in agreeing on blocks by QBFT, or a silent listener if it is none.
public struct ConsensusInstance: Sendable {
    /// The height that is being agreed on.
    public private(set) var context: HeightContext
    /// The round that this authority is in.
    public private(set) var round: UInt32 = 0

    /// An authority at `context` that signs by `signer`, or a listener without one, with everything
    /// it stored before. It listens until ``Input/participation(_:)`` says otherwise.
    public init(
        parameters: ConsensusParameters, signer: (any Signer)?, scheme: any SignatureScheme,
        context: HeightContext, records: [SafetyRecord], at now: Timestamp
    ) {
        self.context = context
    }

    /// Takes what has happened and tells what to do about it, in order.
    public mutating func handle(
        _ input: Input, at now: Timestamp, application: inout some Application
    ) throws(Rejection) -> [Output] {
        []
    }
}
