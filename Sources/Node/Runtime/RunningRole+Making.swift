extension RunningRole {
    enum Kind: Sendable { case none }
    static func make(
        _ configuration: NodeConfiguration, secrets: NodeSecrets, surroundings: Surroundings
    ) async throws -> RunningRole? { nil }
}
