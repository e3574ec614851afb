import Consensus
import Protocol

// Whom to believe that there is more of the chain than here. A head is a claim; only its
// certificate proves it, or so many validators that one of them is honest. Any member can claim
// whatever it likes, so a claim alone is worth a question, and never keeps a validator from
// voting.

extension ReplicaState {
    /// Draws the consequences of what peers show, where they have had the time to hand it over.
    mutating func reviewHeads() {
        guard hasKey else { return }
        testHeads { $0.askingTime(of: $1, distrust: nil) <= $0.now }
        handOverSeals()
    }

    /// Whether the chain provably goes on beyond this node's head.
    var isProvenBehind: Bool {
        if let provenHead, provenHead.head.height > chain.height { return true }
        return claimedHeight > chain.height
    }

    /// The highest head of which there is proof, or this node's own; even of those that may be on
    /// their way.
    mutating func highestProvenHeight() -> UInt64 {
        testHeads { _, _ in true }
        return max(chain.height, provenHead?.head.height ?? 0, claimedHeight)
    }

    /// Whether the head that `peer` shows is final by its certificate.
    mutating func isProven(_ peer: Address) -> Bool {
        guard let record = peers[peer], let head = record.head else { return false }
        switch record.proof {
        case .holds: return true
        case .fails, nil: return false
        case .untested(let certificate):
            let holds =
                provenHead?.head == head
                || chain.validators.certifies(
                    certificate, block: head.hash, height: head.height, domain: domain,
                    scheme: configuration.scheme)
            peers[peer]?.proof = holds ? .holds : .fails
            if holds, head.height > provenHead?.head.height ?? 0 {
                provenHead = CertifiedHead(head: head, certificate: certificate)
            }
            return holds
        }
    }

    /// Tests the heads above all that are proven, of the peers that `condition` holds for.
    private mutating func testHeads(where condition: (Self, PeerRecord) -> Bool) {
        guard highestHead > chain.height else { return }
        for peer in peerOrder {
            guard let record = peers[peer], let head = record.head, isAhead(record),
                head.height > provenHead?.head.height ?? 0, condition(self, record)
            else { continue }
            _ = isProven(peer)
        }
    }

    /// The height that f + 1 validators show or exceed: at least one of them is honest. It stands
    /// in for certificates of validators that are not known here yet.
    private var claimedHeight: UInt64 {
        guard highestHead > chain.height else { return 0 }
        var claims: [UInt64] = []
        for peer in connectedValidators {
            guard let record = peers[peer], let head = record.head, isAhead(record),
                askingTime(of: record, distrust: nil) <= now
            else { continue }
            claims.append(head.height)
        }
        claims.sort(by: >)
        let faults = chain.validators.faultsTolerated
        return claims.count > faults ? claims[faults] : 0
    }

    /// Tells agreement that the next block has its seals. Whoever shows them may keep the block to
    /// itself; among those who sealed it are enough honest ones that have it.
    private mutating func handOverSeals() {
        guard let provenHead, provenHead.head.height == chain.height + 1,
            sealedHead != provenHead.head.hash
        else { return }
        sealedHead = provenHead.head.hash
        runAgreement(.sealed(provenHead.head.hash, provenHead.certificate))
    }
}
