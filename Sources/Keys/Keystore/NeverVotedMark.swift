/// A file beside a validator's keystore that says: this key has never voted.
///
/// A validator whose directory holds no votes may have forgotten them, and must wait until the
/// chain has gone on without it. Only whoever made its key knows that there are none, so the mark
/// is made with the key and at no other time. It is good for one start.
package struct NeverVotedMark: Hashable, Sendable {
    /// Where the mark is.
    package let path: String

    package init(keystore: String) {
        path = keystore + ".never-voted"
    }

    /// Makes the mark; to be called by whoever has just made the key.
    package func make() throws(FileError) {
        try DurableFile.write(Array(Self.text.utf8), to: path)
    }

    /// Takes the mark away for good. Whether it was there: what its key says from now on is stored,
    /// and nothing was said before.
    ///
    /// If this throws, the key must not vote: the mark would be found again when it is true no more.
    package func take() throws(FileError) -> Bool {
        try DurableFile.remove(at: path)
    }

    private static let text = """
        The key beside this file has never voted. The validator that first starts with it takes \
        this file away and votes at once. Do not copy it or put it back: a validator that may have \
        forgotten what it said has to wait.

        """
}
