// swift-tools-version: 6.2
import PackageDescription

// The layer table is the manifest (docs/modules.md): a module may use only modules below its own layer.
struct Module {
    var name: String
    var layer: Int
    var uses: [String] = []
    var external: [String] = []
    var isExecutable = false
    /// Pure modules take no clock, socket or file, and are compiled with strict memory safety.
    var isPure = false
    /// Written in C: one page that no Swift can say (docs/adr/0027).
    var isC = false
}

let modules: [Module] = [
    Module(name: "CMartletCRC", layer: 0, isC: true),
    Module(name: "MartletJSON", layer: 0, isPure: true),
    Module(name: "MartletTransparency", layer: 0, external: ["Crypto"], isPure: true),
    Module(name: "MartletCore", layer: 1, uses: ["MartletJSON"], external: ["Crypto"], isPure: true),
    Module(name: "MartletCedar", layer: 1, uses: ["MartletJSON"], isPure: true),
    Module(name: "MartletRecords", layer: 1, uses: ["MartletJSON"], isPure: true),
    Module(name: "MartletMCP", layer: 2, uses: ["MartletCore", "MartletJSON"], isPure: true),
    Module(
        name: "MartletAuthn", layer: 2, uses: ["MartletCore", "MartletJSON"],
        external: ["Crypto", "CryptoExtras", "JWTKit"]),
    Module(name: "MartletPolicy", layer: 2, uses: ["MartletCedar", "MartletCore", "MartletJSON"], isPure: true),
    Module(name: "MartletApproval", layer: 3, uses: ["MartletCore", "MartletJSON", "MartletPolicy"], isPure: true),
    Module(
        name: "MartletAudit", layer: 4,
        uses: [
            "MartletApproval", "MartletCore", "MartletJSON", "MartletPolicy", "MartletRecords", "MartletTransparency",
        ],
        external: ["Crypto"]),
    Module(
        name: "MartletConfiguration", layer: 5,
        uses: ["MartletCore", "MartletJSON", "MartletPolicy", "MartletTransparency"], external: ["Yams"]),
    Module(
        name: "MartletStorage", layer: 5,
        uses: [
            "CMartletCRC", "MartletApproval", "MartletAudit", "MartletAuthn", "MartletCore", "MartletJSON",
            "MartletPolicy", "MartletRecords", "MartletTransparency",
        ],
        external: ["GRDB"]),
    Module(
        name: "MartletEgress", layer: 5,
        uses: ["MartletAudit", "MartletAuthn", "MartletCore", "MartletJSON", "MartletMCP"],
        external: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "NIOTLS", "Logging"]),
    Module(
        name: "MartletGateway", layer: 6,
        uses: [
            "MartletApproval", "MartletAudit", "MartletAuthn", "MartletCore", "MartletEgress", "MartletJSON",
            "MartletMCP", "MartletPolicy",
        ],
        external: ["Logging"]),
    Module(
        name: "MartletTesting", layer: 6,
        uses: ["MartletApproval", "MartletAudit", "MartletAuthn", "MartletCore", "MartletJSON", "MartletPolicy"]),
    Module(
        name: "MartletServer", layer: 7,
        uses: [
            "MartletApproval", "MartletAudit", "MartletAuthn", "MartletCore", "MartletGateway", "MartletJSON",
            "MartletMCP", "MartletPolicy",
        ],
        external: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL"]),
    Module(
        name: "martlet", layer: 8,
        uses: [
            "MartletApproval", "MartletAudit", "MartletAuthn", "MartletCedar", "MartletConfiguration", "MartletCore",
            "MartletEgress", "MartletGateway", "MartletJSON", "MartletMCP", "MartletPolicy", "MartletRecords",
            "MartletServer", "MartletStorage", "MartletTransparency",
        ],
        external: ["ArgumentParser", "NIOCore", "NIOPosix", "Logging", "Crypto"], isExecutable: true),
    // For auditors: what is below these three is all that they must read (docs/adr/0020, 0022).
    Module(
        name: "martlet-verify", layer: 8, uses: ["MartletJSON", "MartletRecords", "MartletTransparency"],
        external: ["ArgumentParser"], isExecutable: true),
]

// Every outside product, with the package it comes from. A new line here needs an ADR.
let products: [String: String] = [
    "Crypto": "swift-crypto", "CryptoExtras": "swift-crypto", "JWTKit": "jwt-kit", "Yams": "Yams", "GRDB": "GRDB.swift",
    "NIOCore": "swift-nio",
    "NIOPosix": "swift-nio", "NIOHTTP1": "swift-nio", "NIOTLS": "swift-nio", "NIOSSL": "swift-nio-ssl",
    "Logging": "swift-log",
    "ArgumentParser": "swift-argument-parser",
]

let packages: [String: Package.Dependency] = [
    "swift-crypto": .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    "jwt-kit": .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    "Yams": .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    "GRDB.swift": .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    "swift-nio": .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    "swift-nio-ssl": .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    "swift-log": .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    "swift-argument-parser": .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
]

let floor = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0.layer) })
for module in modules {
    for used in module.uses {
        guard let below = floor[used], below < module.layer else {
            fatalError("\(module.name) (layer \(module.layer)) may not use \(used): dependencies point down only")
        }
    }
}

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

func product(_ name: String) -> Target.Dependency {
    .product(name: name, package: products[name] ?? name)
}

func target(_ module: Module) -> Target {
    if module.isC { return .target(name: module.name, cSettings: [.treatAllWarnings(as: .error)]) }
    let dependencies = module.uses.map { Target.Dependency.byName(name: $0) } + module.external.map(product)
    let settings = module.isPure ? strict + [.strictMemorySafety()] : strict
    return module.isExecutable
        ? .executableTarget(name: module.name, dependencies: dependencies, swiftSettings: settings)
        : .target(name: module.name, dependencies: dependencies, swiftSettings: settings)
}

/// The test target of a library sees what the library sees, the fakes, and nothing else.
func tests(_ module: Module) -> Target {
    let fakes = module.layer >= 3 && module.name != "MartletTesting" ? ["MartletTesting"] : []
    let ours = [module.name] + module.uses + fakes
    return .testTarget(
        name: module.name + "Tests",
        dependencies: Set(ours).sorted().map { .byName(name: $0) } + module.external.map(product),
        swiftSettings: strict)
}

/// The offline verifier's rules are tested where they are: they are no library.
let verifierTests = Target.testTarget(
    name: "MartletVerifyTests",
    dependencies: ["martlet-verify", "MartletJSON", "MartletRecords", "MartletTransparency"],
    swiftSettings: strict)

// What must hold for every input of a parser (CONTRIBUTING.md, "Fuzzing"): a library that the tests replay known inputs
// on, and that libFuzzer drives when MARTLET_FUZZ is 1. Then there is nothing else here but the parsers.
let fuzzed = [
    "MartletJSON", "MartletTransparency", "MartletCore", "MartletCedar", "MartletRecords", "MartletMCP", "CMartletCRC",
]
let isFuzzing = Context.environment["MARTLET_FUZZ"] == "1"
let sanitized: [String] = isFuzzing ? ["-sanitize=fuzzer,address"] : []
let fuzzTargets = Target.target(
    name: "FuzzTargets",
    dependencies: [
        "MartletCedar", "MartletJSON", "MartletMCP", "MartletRecords", "MartletStorage", "MartletTransparency",
    ],
    path: "FuzzTesting/Targets", swiftSettings: strict)
/// Of the storage only what reads a segment: without the database, and without what writes the log.
let fuzzedStorage = Target.target(
    name: "MartletStorage",
    dependencies: ["CMartletCRC", "MartletCore", "MartletJSON", "MartletRecords", "MartletTransparency"],
    exclude: [
        "AuditFollowing", "AuditHead/HeadInspection.swift", "AuditHead/HeadKeeper.swift", "AuditIndex",
        "AuditSegments/LockedLog.swift", "AuditSegments/LogRecovery.swift", "AuditSegments/RecoveredLog.swift",
        "AuditSegments/RecoveryReport.swift", "AuditSegments/SegmentSettings.swift", "AuditSegments/SegmentStore.swift",
        "AuditSegments/Writing", "AuditShards", "AuditSinks", "SQLite", "Vault", "Witness",
    ],
    sources: [
        "AuditHead/HeadFault.swift", "AuditHead/HeadFile.swift", "AuditHead/HeadClaim.swift",
        "AuditHead/HeadWatch.swift",
        "AuditHead/KeptHead.swift", "AuditHead/LogHead.swift", "AuditSegments/Files", "AuditSegments/Format",
        "AuditSegments/Publishing/TileComparison.swift", "AuditSegments/Publishing/TileFiles.swift",
        "AuditSegments/Reading", "AuditSegments/SegmentError.swift", "AuditSegments/Threads",
    ],
    swiftSettings: strict)
let fuzzTests = Target.testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets"], swiftSettings: strict)
let fuzzDriver = Target.executableTarget(
    name: "martlet-fuzz", dependencies: ["FuzzTargets"], path: "FuzzTesting/Driver", swiftSettings: strict,
    linkerSettings: [.unsafeFlags(sanitized + ["-use-ld=lld"])])

// What times the policy language and the audit log (Benchmarks/README.md), with nothing of the gateway, when MARTLET_BENCH
// is 1.
let isTimed = Context.environment["MARTLET_BENCH"] == "1"
let cedarBenchmark = Target.executableTarget(
    name: "cedar-benchmark", dependencies: ["MartletCedar", "MartletJSON"], path: "Benchmarks/cedar/Driver",
    swiftSettings: strict)
let auditBenchmark = Target.executableTarget(
    name: "audit-benchmark", dependencies: ["MartletAudit", "MartletCore", "MartletRecords", "MartletStorage"],
    path: "Benchmarks/audit/Driver", swiftSettings: strict)
/// Of the gateway, what is timed: up to the storage.
let timed = Set(modules.filter { $0.layer <= 4 }.map(\.name)).union(["MartletStorage", "martlet-verify"])

let isPartial = isFuzzing || isTimed
let built = modules.filter { isFuzzing ? fuzzed.contains($0.name) : !isTimed || timed.contains($0.name) }
let tested = modules.filter { !$0.isExecutable && !$0.isC && $0.name != "MartletTesting" }
let package = Package(
    name: "martlet",
    products: isPartial
        ? []
        : [
            .executable(name: "martlet", targets: ["martlet"]),
            .executable(name: "martlet-verify", targets: ["martlet-verify"]),
            // The policy language alone, for others (docs/adr/0017).
            .library(name: "Cedar", targets: ["MartletCedar"]),
        ],
    dependencies: Set(built.flatMap(\.external).compactMap { products[$0] }).sorted().compactMap { packages[$0] },
    targets: built.map(target)
        + (isFuzzing
            ? [fuzzedStorage, fuzzTargets, fuzzDriver]
            : isTimed
                ? [cedarBenchmark, auditBenchmark]
                : tested.map(tests) + [verifierTests, fuzzTargets, fuzzTests])
)
if isFuzzing {
    for target in package.targets where target.name != "CMartletCRC" {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(sanitized)]
    }
}
