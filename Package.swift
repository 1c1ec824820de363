// swift-tools-version: 6.3
import PackageDescription

// Warnings are errors where the environment says CI; elsewhere a newer compiler must not break a user's build.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]
let swift: [SwiftSetting] =
  [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault")] + strict

let package = Package(
  name: "swift-latent",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Latent", targets: ["Latent"]),
    .executable(name: "latent", targets: ["LatentCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // System libraries
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    // oneDNN has no pkg-config file.
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),

    // C: a few vectorised loops, and the shipped data
    .target(name: "CLatentKernels"),
    .target(name: "CLatentOneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CLatentResources", exclude: ["Data"]),

    // The library, from the bottom up
    .target(
      name: "LatentNumerics",
      dependencies: [
        "CLatentKernels", "COpenBLAS", .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: swift),
    .target(
      name: "LatentFiles", dependencies: ["CZlib", "COpenSSL", "LatentNumerics"], swiftSettings: swift),
    .target(name: "LatentDistributions", dependencies: ["LatentNumerics"], swiftSettings: swift),
    .target(
      name: "LatentEvidence", dependencies: ["CLatentKernels", "LatentNumerics", "LatentFiles"],
      swiftSettings: swift),
    .target(
      name: "LatentModels",
      dependencies: [
        "CLatentKernels", "LatentNumerics", "LatentDistributions", "LatentFiles", "LatentEvidence",
      ],
      swiftSettings: swift),
    .target(
      name: "LatentNetworks",
      dependencies: [
        "CLatentKernels", "CLatentOneDNN", "COneDNN", "LatentNumerics", "LatentFiles", "LatentEvidence",
      ],
      swiftSettings: swift),
    .target(
      name: "LatentDeepModels",
      dependencies: ["LatentNumerics", "LatentFiles", "LatentEvidence", "LatentModels", "LatentNetworks"],
      swiftSettings: swift),
    .target(
      name: "LatentData",
      dependencies: ["CLatentResources", "CZlib", "LatentNumerics", "LatentFiles"], swiftSettings: swift),
    .target(
      name: "LatentReport", dependencies: ["CPNG", "LatentNumerics", "LatentFiles"], swiftSettings: swift),
    .target(
      name: "Latent",
      dependencies: [
        "LatentNumerics", "LatentDistributions", "LatentFiles", "LatentEvidence", "LatentModels",
        "LatentNetworks", "LatentDeepModels", "LatentData", "LatentReport",
      ],
      swiftSettings: swift),

    // The command line
    .executableTarget(
      name: "LatentCommand",
      dependencies: ["Latent", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: swift),

    // Tests: run in release, see Makefile
    .target(name: "CLatentTestSupport", path: "Tests/CLatentTestSupport"),
    .target(
      name: "LatentTestSupport", dependencies: ["Latent"], path: "Tests/LatentTestSupport",
      swiftSettings: swift),
    .testTarget(
      name: "LatentNumericsTests",
      dependencies: ["LatentNumerics", "LatentTestSupport", "CLatentKernels"], swiftSettings: swift),
    .testTarget(
      name: "LatentFilesTests", dependencies: ["LatentFiles", "LatentTestSupport"], swiftSettings: swift),
    .testTarget(
      name: "LatentDistributionsTests", dependencies: ["LatentDistributions", "LatentTestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "LatentEvidenceTests", dependencies: ["LatentEvidence", "LatentTestSupport"], swiftSettings: swift
    ),
    .testTarget(
      name: "LatentModelsTests", dependencies: ["LatentModels", "LatentTestSupport", "CLatentKernels"],
      swiftSettings: swift),
    .testTarget(
      name: "LatentNetworksTests",
      dependencies: [
        "LatentNetworks", "LatentEvidence", "LatentTestSupport", "CLatentKernels", "CLatentTestSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "LatentDeepModelsTests",
      dependencies: ["LatentDeepModels", "LatentData", "LatentTestSupport", "CLatentTestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "LatentDataTests", dependencies: ["LatentData", "LatentTestSupport", "CZlib"],
      swiftSettings: swift),
    .testTarget(
      name: "LatentReportTests", dependencies: ["LatentReport", "LatentTestSupport"], swiftSettings: swift),
    .testTarget(
      name: "CommandTests", dependencies: ["Latent", "LatentCommand", "LatentTestSupport"],
      swiftSettings: swift),
  ],
  cLanguageStandard: .gnu2x
)
