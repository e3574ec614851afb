// swift-tools-version: 6.2
import PackageDescription

/// The decoders with libFuzzer around them. A package of its own, since the instrumentation needs
/// flags that the project's package shall not have; its sources are the project's, by links.
/// `scripts/fuzz` builds and runs it.
let instrumented: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-sanitize=fuzzer", "-enable-testing"]),
]

let libraries: [Target] = [
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2"),
    .systemLibrary(name: "CSecp256k1", pkgConfig: "libsecp256k1"),
    .target(name: "CFuzzer"),
]

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

/// The project's targets, with what each needs; of the node only what reads files.
let sources: [(name: String, dependencies: [Target.Dependency], files: [String]?)] = [
    ("Protocol", ["CSecp256k1", "COpenSSL"], nil),
    ("Ledger", ["Protocol"], nil),
    ("Consensus", ["Protocol"], nil),
    (
        "Transport",
        ["COpenSSL", "CNghttp2", nio, log, .product(name: "NIOPosix", package: "swift-nio")], nil
    ),
    ("Peering", ["Protocol", "Transport", log], nil),
    ("API", ["Protocol", "Ledger", "Transport", log], nil),
    ("Wallet", ["Protocol", "COpenSSL"], nil),
    (
        "Node",
        ["Protocol", "Peering", "Wallet"], ["Configuration", "Meter/HouseholdProfile.swift"]
    ),
    (
        "FuzzTargets",
        ["Protocol", "Consensus", "Peering", "Transport", "API", "Wallet", "Node", nio], nil
    ),
]

let package = Package(
    name: "Fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: libraries
        + sources.map {
            .target(
                name: $0.name, dependencies: $0.dependencies, sources: $0.files,
                swiftSettings: instrumented)
        }
        + [.executableTarget(name: "fuzz", dependencies: ["FuzzTargets", "CFuzzer"])],
    swiftLanguageModes: [.v6])
