/// The validators that decide on one height, and the arithmetic of their quorum.
public struct ValidatorSet: Hashable, Sendable {
    /// The validators, each once, in ascending order.
    public let members: [Address]

    public init(_ members: some Sequence<Address>) {
        var distinct: [Address] = []
        for member in members.sorted() where distinct.last != member {
            distinct.append(member)
        }
        self.members = distinct
    }

    /// How many validators there are: n.
    public var count: Int { members.count }

    /// How many may be faulty: f = floor((n - 1) / 3).
    public var faultsTolerated: Int { max(0, (count - 1) / 3) }

    /// How many must agree: ceil(2n / 3). Two quorums always share an honest validator, which
    /// 2f + 1 would not give for every n.
    public var quorum: Int { (2 * count + 2) / 3 }

    /// Where `address` stands, or nil if it is no validator.
    public func index(of address: Address) -> Int? {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle] < address { low = middle + 1 } else { high = middle }
        }
        return low < members.count && members[low] == address ? low : nil
    }

    /// Whether `address` is a validator.
    public func contains(_ address: Address) -> Bool { index(of: address) != nil }

    /// Who proposes in round 0 is the one after the proposer of the block before; each further
    /// round is the next one's turn.
    ///
    /// - Parameter previousProposer: who proposed the block before, nil if that was the first
    ///   block. If it is not in `previous`, the order starts anew.
    public func proposer(
        round: UInt32, previousProposer: Address?, previous: ValidatorSet
    ) -> Address? {
        guard !members.isEmpty else { return nil }
        let start = previousProposer.flatMap(previous.index(of:)).map { $0 + 1 } ?? 0
        return members[(start + Int(round)) % members.count]
    }

    /// The hash that a header commits to: the Keccak-256 of the members' RLP list.
    public var hash: Hash32 {
        Keccak256.hash(RLP.list(members.map(RLP.address)).encoded)
    }

    /// Whether `certificate` makes the block `hash` of `height` final: at least a quorum of seals
    /// by distinct validators. Counts signers, not signatures; foreign seals make it invalid.
    public func certifies(
        _ certificate: Certificate, block hash: Hash32, height: UInt64, domain: SigningDomain,
        scheme: some SignatureScheme
    ) -> Bool {
        guard certificate.seals.count >= quorum, certificate.seals.count <= count else {
            return false
        }
        let digest = domain.commitDigest(height: height, round: certificate.round, block: hash)
        var signers: Set<Address> = []
        for seal in certificate.seals {
            guard let signer = scheme.signer(of: seal, over: digest), contains(signer) else {
                return false
            }
            signers.insert(signer)
        }
        return signers.count >= quorum
    }
}
