/// The ports for people and programs.
struct Doors: Sendable {
    static func open(for node: Node) async throws -> Doors { Doors() }
    func close() async {}
}
