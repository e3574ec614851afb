// swift-tools-version: 6.2
import PackageDescription

/// Whether `scripts/fuzz` builds: every target gets libFuzzer's instrumentation, and the fuzzers
/// take the place of the tests.
let isFuzzed = Context.environment["BUSBAR_FUZZ"] != nil

let strict: [SwiftSetting] =
    [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (isFuzzed ? [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])] : [])

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

/// The targets whose code is pure: no I/O, clock, randomness, concurrency or Foundation.
let core: [Target] = [
    .target(name: "Protocol", dependencies: ["CSecp256k1", "COpenSSL"], swiftSettings: strict),
    .target(name: "Ledger", dependencies: ["Protocol"], swiftSettings: strict),
    .target(name: "Consensus", dependencies: ["Protocol"], swiftSettings: strict),
    .target(
        name: "Replica", dependencies: ["Protocol", "Ledger", "Consensus"], swiftSettings: strict),
    .target(name: "Market", dependencies: ["Protocol", "Ledger"], swiftSettings: strict),
    .target(name: "QRCode", swiftSettings: strict),
    .target(name: "Simulation", dependencies: ["Replica", "Market"], swiftSettings: strict),
]

/// The simulation as a program that needs the pure targets alone: its release build is short.
let sweep: [Target] = [
    .target(name: "Console", dependencies: ["Protocol", argumentParser], swiftSettings: strict),
    .target(
        name: "Sweep", dependencies: ["Simulation", "Console", argumentParser],
        swiftSettings: strict),
    .executableTarget(
        name: "busbar-simulate", dependencies: ["Sweep", argumentParser], swiftSettings: strict),
]

/// The libraries of the system, each behind a module map and the shims its macros need.
let systemLibraries: [Target] = [
    .systemLibrary(
        name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
        name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
    .systemLibrary(
        name: "CSecp256k1", pkgConfig: "libsecp256k1", providers: [.apt(["libsecp256k1-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
]

/// The app's files, as they lie in Sources/Pages/files, and what serves them.
let app: [Target] = [
    .target(
        name: "CPages", path: "Sources/Pages", exclude: ["files"],
        cSettings: [.unsafeFlags(["-std=gnu2x"])]),
    .target(
        name: "App",
        dependencies: [
            "Protocol", "Ledger", "Market", "Storage", "Keys", "API", "Transport", "QRCode",
            "CPages", "CZlib", .product(name: "HTTPTypes", package: "swift-http-types"),
        ], swiftSettings: strict),
]

/// What touches the world: sockets, files, the terminal.
let runtime: [Target] = [
    .target(name: "Faults", swiftSettings: strict),
    .target(
        name: "Transport",
        dependencies: [
            "Protocol", "COpenSSL", "CNghttp2",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .target(
        name: "Peering",
        dependencies: [
            "Protocol", "Transport", .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .target(
        name: "Storage",
        dependencies: [
            "Protocol", "Ledger", "Market", "Faults",
            .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "GRDBSQLite", package: "GRDB.swift"),
        ], swiftSettings: strict),
    .target(
        name: "API",
        dependencies: [
            "Protocol", "Ledger", "Replica", "Storage", "Transport",
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "CoreMetrics", package: "swift-metrics"),
            .product(name: "Logging", package: "swift-log"),
        ], swiftSettings: strict),
    .target(
        name: "Keys", dependencies: ["Protocol", "COpenSSL", "Faults"], swiftSettings: strict),
    .target(
        name: "Node",
        dependencies: [
            "Replica", "Market", "Transport", "Peering", "Storage", "API", "App", "Keys", "Faults",
            .product(name: "CoreMetrics", package: "swift-metrics"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ], swiftSettings: strict),
    .target(
        name: "Client",
        dependencies: [
            "API", "Ledger", "Keys", "Console", "Transport", "QRCode", argumentParser,
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
        ], swiftSettings: strict),
    .executableTarget(
        name: "busbar", dependencies: ["Client", "Node", "Faults", argumentParser],
        swiftSettings: strict),
]

/// What makes, breaks and measures testnets; nothing of it is in the program of a household.
let testnet: [Target] = [
    .target(
        name: "Testnet",
        dependencies: [
            "Client", "Node", "Sweep", "COpenSSL", argumentParser,
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ], swiftSettings: strict),
    .executableTarget(
        name: "busbar-testnet", dependencies: ["Testnet", argumentParser], swiftSettings: strict),
]

/// What the decoders of everything that comes from outside need, and the services behind them, under
/// test or under libFuzzer.
let decoders: [Target.Dependency] = [
    "Consensus", "Market", "Replica", "Simulation", "Peering", "Transport", "API", "Keys", "Node",
    "Testnet",
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOEmbedded", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]

/// What several test targets need; Tests/Mutations builds it without its HTTP.
let testKit = Target.target(
    name: "TestKit", dependencies: ["Ledger", "Client"], path: "Tests/TestKit",
    swiftSettings: strict)

let tests: [Target] =
    [
        "Protocol", "Consensus", "Replica", "Keys", "QRCode",
    ].map { name in
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name), "TestKit"],
            swiftSettings: strict)
    }
    + ["Ledger", "Storage"].map { name in
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name), "TestKit", "CCounts"],
            swiftSettings: strict)
    } + [
        testKit,
        // What tests count: it stands before the C library in the program of the tests.
        .target(name: "CCounts", path: "Tests/CCounts"),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: strict),
        .testTarget(
            name: "ClientTests", dependencies: ["Client", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "TestnetTests",
            dependencies: [
                "Testnet", "TestKit", .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Node", "App", "TestKit",
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "Transport", "TestKit", "COpenSSL",
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "PeeringTests", dependencies: ["Peering", "Keys", "TestKit"],
            swiftSettings: strict),
        .testTarget(name: "APITests", dependencies: ["API", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "MarketTests", dependencies: ["Market", "Simulation", "TestKit"],
            swiftSettings: strict),
        .testTarget(
            name: "BusbarTests", dependencies: ["busbar", "busbar-testnet"], swiftSettings: strict),
        .testTarget(name: "ProjectTests", swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: decoders + ["TestKit"], swiftSettings: strict),
        .testTarget(
            name: "ClusterTests",
            dependencies: ["busbar", "busbar-testnet", "Client", "TestKit", "Testnet"],
            exclude: ["quiet.toml"], swiftSettings: strict),
    ]

let fuzzers: [Target] = [
    .target(name: "CFuzzer", path: "Fuzz/CFuzzer"),
    .target(
        name: "TestKit", dependencies: ["Ledger"], path: "Tests/TestKit",
        exclude: ["HTTP", "Eventually.swift"], swiftSettings: strict),
    .target(
        name: "FuzzTargets", dependencies: decoders + ["TestKit"], path: "Tests/FuzzTests/Targets",
        swiftSettings: strict),
    .executableTarget(
        name: "fuzz", dependencies: ["FuzzTargets", "CFuzzer"], path: "Fuzz/fuzz",
        swiftSettings: strict),
]

let package = Package(
    name: "Busbar",
    products: [
        .executable(name: "busbar", targets: ["busbar"]),
        .executable(name: "busbar-testnet", targets: ["busbar-testnet"]),
        .executable(name: "busbar-simulate", targets: ["busbar-simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: systemLibraries + core + sweep + app + runtime + testnet
        + (isFuzzed ? fuzzers : tests),
    swiftLanguageModes: [.v6]
)
