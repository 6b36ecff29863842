// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS("26.0")],
  dependencies: [.package(name: "swift-xdp", path: "..")],
  targets: [
    .target(name: "CPeer"),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "CPeer",
        .product(name: "XDP", package: "swift-xdp"),
        .product(name: "LinuxKernel", package: "swift-xdp"),
      ],
      swiftSettings: [
        .strictMemorySafety(), .treatAllWarnings(as: .error), .enableExperimentalFeature("Lifetimes"),
        .enableUpcomingFeature("ExistentialAny"),
      ]
    ),
  ],
  swiftLanguageModes: [.v6]
)
