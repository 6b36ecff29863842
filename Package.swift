// swift-tools-version: 6.3
import PackageDescription

/// Every target of ours: memory safety spelled out, no warning left standing.
let ours: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "swift-xdp",
  platforms: [.macOS("26.0")],
  products: [
    .library(
      name: "XDP",
      targets: [
        "XDP", "XDPDrivers", "BPFJIT", "BPFObject", "BPFVerifier", "BPFMaps", "BPFRuntime", "BPF", "BTF",
        "XDPTypes",
      ]
    ),
    .library(name: "XDPTypes", targets: ["XDPTypes"]),
    .library(name: "LinuxKernel", targets: ["LinuxKernel"]),
    .library(name: "JSON", targets: ["JSON"]),
    .executable(name: "xdp", targets: ["xdp"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // Vocabulary and parsers: pure, no I/O, no platform.
    .target(name: "XDPTypes", swiftSettings: ours),
    .target(name: "BTF", swiftSettings: ours),
    .target(name: "BPF", dependencies: ["BTF"], swiftSettings: ours),
    .target(name: "BPFObject", dependencies: ["BPF", "BTF"], swiftSettings: ours),

    // The verifier: pure.
    .target(name: "BPFVerifier", dependencies: ["BPF", "BTF"], swiftSettings: ours),

    // The user-space engine.
    .target(name: "BPFMaps", dependencies: ["BPF", "CLinux"], swiftSettings: ours),
    .target(
      name: "BPFRuntime",
      dependencies: ["BPF", "BPFMaps", "CLinux"],
      swiftSettings: ours + [.enableUpcomingFeature("InternalImportsByDefault")]
    ),
    .target(
      name: "BPFJIT",
      dependencies: ["BPFVerifier", "BPFRuntime", "BPFMaps", "BPF", "CLinux"],
      swiftSettings: ours
    ),
    .target(
      name: "XDP",
      dependencies: ["BPFJIT", "BPFVerifier", "BPFRuntime", "BPFMaps", "BPF", "BTF", "XDPTypes", "CLinux"],
      swiftSettings: ours
    ),
    .target(name: "XDPDrivers", dependencies: ["XDP", "BTF", "CPCAP", "CLinux"], swiftSettings: ours),

    // The kernel.
    .target(
      name: "LinuxKernel",
      dependencies: ["BPF", "BTF", "CLinux", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: ours
    ),

    // The command, its documents, and what builds programs for it.
    .target(name: "JSON", swiftSettings: ours),
    .target(
      name: "XDPToolchain",
      dependencies: [
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: ours
    ),
    .executableTarget(
      name: "xdp",
      dependencies: [
        "XDP", "XDPDrivers", "XDPToolchain", "BPFJIT", "BPFObject", "BPFRuntime", "BPFMaps", "BPF", "BTF",
        "LinuxKernel", "JSON", "BPFVerifier", "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: ours
    ),

    // C declarations, no logic.
    .target(name: "CLinux"),
    .systemLibrary(
      name: "CPCAP",
      pkgConfig: "libpcap",
      providers: [.apt(["libpcap-dev"]), .brew(["libpcap"])]
    ),

    // Tests: one target a module, then the suites that cross modules.
    .target(
      name: "TestSupport",
      dependencies: ["BPF", "BTF", "BPFObject", "BPFRuntime", "XDP", "XDPTypes", "LinuxKernel"],
      path: "Tests/Support",
      swiftSettings: ours
    ),
    .target(name: "CUnicorn", path: "Tests/CUnicorn"),
    .target(
      name: "Emulation",
      dependencies: ["BPFJIT", "BPFRuntime", "TestSupport", "CUnicorn"],
      path: "Tests/Emulation",
      swiftSettings: ours
    ),
    .testTarget(name: "BPFTests", dependencies: ["BPF", "TestSupport"], swiftSettings: ours),
    .testTarget(name: "BTFTests", dependencies: ["BTF", "TestSupport"], swiftSettings: ours),
    .testTarget(name: "BPFObjectTests", dependencies: ["BPFObject", "TestSupport"], swiftSettings: ours),
    .testTarget(
      name: "BPFVerifierTests",
      dependencies: ["BPFVerifier", "BPFRuntime", "BPF", "TestSupport"],
      swiftSettings: ours
    ),
    .testTarget(name: "BPFMapsTests", dependencies: ["BPFMaps", "TestSupport"], swiftSettings: ours),
    .testTarget(
      name: "BPFRuntimeTests",
      dependencies: ["BPFRuntime", "BPFMaps", "BPF", "TestSupport"],
      swiftSettings: ours
    ),
    .testTarget(
      name: "BPFJITTests",
      dependencies: ["BPFJIT", "BPFRuntime", "BPFMaps", "BPF", "Emulation", "TestSupport"],
      swiftSettings: ours
    ),
    .testTarget(
      name: "XDPTests",
      dependencies: [
        "XDP", "XDPTypes", "BPFJIT", "BPFVerifier", "BPFRuntime", "BPFMaps", "BPF", "BTF", "TestSupport",
      ],
      swiftSettings: ours
    ),
    .testTarget(
      name: "XDPDriversTests",
      dependencies: ["XDPDrivers", "BPFObject", "BPFVerifier", "TestSupport"],
      swiftSettings: ours
    ),
    .testTarget(name: "LinuxKernelTests", dependencies: ["LinuxKernel", "TestSupport"], swiftSettings: ours),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["BPFJIT", "BPFRuntime", "LinuxKernel", "Emulation", "TestSupport"],
      swiftSettings: ours
    ),
    .testTarget(
      name: "VerifierCaseTests",
      dependencies: ["XDP", "BPFVerifier", "BPF", "BTF", "LinuxKernel", "TestSupport"],
      swiftSettings: ours
    ),
    .testTarget(
      name: "DifferentialTests",
      dependencies: [
        "XDP", "BPFMaps", "BPFJIT", "BPFRuntime", "BPFObject", "BPFVerifier", "BPF", "BTF", "LinuxKernel",
        "XDPToolchain", "XDPDrivers", "CLinux", "Emulation", "TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: ours
    ),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "xdp", "JSON", "XDP", "BPFJIT", "BPFRuntime", "BPF", "XDPToolchain", "TestSupport",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: ours
    ),
    .testTarget(
      name: "ArchitectureTests",
      dependencies: [
        "TestSupport", .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: ours
    ),
  ],
  swiftLanguageModes: [.v6]
)
