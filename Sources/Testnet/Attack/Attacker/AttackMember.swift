import Client
import Console
import Keys
import Ledger
import Protocol

/// A member as the ledger knows it, with a certificate and keys of its own and without a node: what
/// it says, a program of its own says.
struct AttackMember: Sendable {
    let account: PrivateKey
    let meter: PrivateKey
    /// Its TLS towards nodes.
    let context: BlockingTLSContext
}

extension Testnet {
    /// Registers a prosumer with a certificate of its own making, as the aggregator.
    func registerAttackMember() throws -> AttackMember {
        guard let aggregator = nodes(.aggregator).first else {
            throw CommandFailure(.failed, "there is no aggregator")
        }
        let (account, meter) = (PrivateKey.random(), PrivateKey.random())
        let certificate = try NodeCertificate(
            selfSigned: CertificateSubject(commonName: "member"))
        let member = Member(
            account: account.address, role: .prosumer, meterKey: meter.address,
            ratedPower: Watts(17_250), certificateHash: certificate.fingerprint)
        let submitter = Submitter(key: try aggregator.key(), chainID: endpoints.chainId)
        _ = try submitter.send(
            CommunityCall.register(member), to: NativeContract.community,
            at: try client(aggregator))
        return AttackMember(
            account: account, meter: meter, context: try BlockingTLSContext(showing: certificate))
    }
}
