/// What is wrong with what a peer says.
enum Complaint: Hashable, Sendable {
    /// It speaks for or to a role that it has no business with.
    case misplaced
    /// It speaks faster than a meter does.
    case tooFast
    /// Its meter's figures cannot be.
    case implausible
    /// Its meter has forgotten what it showed before.
    case forgetful
    /// What its meter signed is not what it should be.
    case badReceipt
    /// It does not deliver as it was told to.
    case refusal
}
