import Protocol
import Storage
import Synchronization

/// Whose seals lie under blocks. Each block's are recovered once, while it is among the last ones.
final class SealReader: Sendable {
    /// How many blocks back are looked at.
    static let blocks: UInt64 = 100

    private let known = Mutex([Hash32: [Address]]())

    /// For each validator its last block of `blocks`, the newest first, and how many it sealed.
    func votes(
        in blocks: [StoredBlock], domain: SigningDomain
    ) -> [Address: (last: StoredBlock, count: Int)] {
        var votes: [Address: (last: StoredBlock, count: Int)] = [:]
        for block in blocks {
            for signer in signers(of: block, domain) {
                votes[signer] = (votes[signer]?.last ?? block, (votes[signer]?.count ?? 0) + 1)
            }
        }
        let current = Set(blocks.map(\.hash))
        known.withLock { known in known = known.filter { current.contains($0.key) } }
        return votes
    }

    /// How many seals in `blocks` are still to be recovered.
    func unknownSeals(in blocks: [StoredBlock]) -> Int {
        known.withLock { known in
            blocks.reduce(0) { $0 + (known[$1.hash] == nil ? $1.certificate.seals.count : 0) }
        }
    }

    private func signers(of block: StoredBlock, _ domain: SigningDomain) -> [Address] {
        if let known = known.withLock({ $0[block.hash] }) { return known }
        let digest = domain.commitDigest(
            height: block.header.number, round: block.certificate.round, block: block.hash)
        let signers = block.certificate.seals.compactMap {
            Secp256k1().signer(of: $0, over: digest)
        }
        known.withLock { $0[block.hash] = signers }
        return signers
    }
}
