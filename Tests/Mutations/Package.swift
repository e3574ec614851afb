// swift-tools-version: 6.2
import PackageDescription

/// The pure targets and their tests, as the mutation tests build them: without the runtime, and
/// optimised, so that hundreds of seeds a bug take seconds.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-enable-testing"]),
]

let libraries: [Target] = [
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(name: "CSecp256k1", pkgConfig: "libsecp256k1"),
]

let core: [Target] = [
    .target(name: "Protocol", dependencies: ["CSecp256k1", "COpenSSL"], swiftSettings: strict),
    .target(name: "Ledger", dependencies: ["Protocol"], swiftSettings: strict),
    .target(name: "Consensus", dependencies: ["Protocol"], swiftSettings: strict),
    .target(
        name: "Replica", dependencies: ["Protocol", "Ledger", "Consensus"], swiftSettings: strict),
    .target(name: "Market", dependencies: ["Protocol", "Ledger"], swiftSettings: strict),
    .target(name: "Simulation", dependencies: ["Replica", "Market"], swiftSettings: strict),
]

let tests: [Target] =
    ["Protocol", "Consensus", "Replica", "Simulation"].map { name in
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name), "TestKit"],
            swiftSettings: strict)
    } + [
        .target(
            name: "TestKit", dependencies: ["Ledger"], path: "Tests/TestKit", exclude: ["HTTP"],
            swiftSettings: strict),
        .testTarget(
            name: "MarketTests", dependencies: ["Market", "Simulation", "TestKit"],
            swiftSettings: strict),
    ]

let package = Package(
    name: "Mutation tests", targets: libraries + core + tests, swiftLanguageModes: [.v6])
