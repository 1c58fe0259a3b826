// swift-tools-version: 6.2
import PackageDescription

// Kernels, and whatever calls them in a loop, are optimised in debug builds too:
// `swift test` trains real networks.
let hot: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], excluding: [String] = [], hot isHot: Bool = false) -> Target {
    .target(name: name, dependencies: dependencies, exclude: excluding, swiftSettings: isHot ? hot : [])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], hot isHot: Bool = false) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: isHot ? hot : [])
}

let package = Package(
    name: "nnc",
    products: [.executable(name: "nnc", targets: ["nnc"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // What the system provides.
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),

        // The pipeline, in the order in which a model file passes through it.
        library("Diagnostics"),
        library("Syntax", ["Diagnostics", "CYaml"]),
        library("Model", ["Syntax", "Diagnostics"]),
        library("Kernels", ["CKernels", "COpenBLAS"], hot: true),
        library("Graph", ["Diagnostics", "Kernels"], hot: true),
        library("Ops", ["Graph", "Kernels"], hot: true),
        library("Lowering", ["Model", "Graph", "Ops", "Kernels", "Diagnostics"]),
        library("Estimate", ["Graph"]),
        library("Datasets", ["Diagnostics", "CZlib", "Kernels", .product(name: "Crypto", package: "swift-crypto")], hot: true),
        library("Runtime", ["Graph", "Kernels"], hot: true),
        library("Policies", ["Lowering", "Model", "Ops", "Kernels", "Graph", "Diagnostics"]),
        library("Calibration", ["Policies", "Lowering", "Estimate", "Runtime", "Ops", "Graph", "Kernels", "Model", "Syntax", "Diagnostics"], hot: true),
        library(
            "Export", ["Runtime", "Lowering", "Graph", "Model", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            excluding: ["Messages/onnx.proto", "Messages/tensorboard.proto"]),
        library("Driver", ["Calibration", "Export", "Policies", "Lowering", "Estimate", "Runtime", "Datasets", "Ops", "Graph", "Kernels", "Model", "Syntax", "Diagnostics"]),
        .executableTarget(
            name: "nnc",
            dependencies: ["Driver", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        // Counts the test process's heap allocations by standing before malloc. For tests only.
        .target(name: "CAllocationCounter", path: "Tests/AllocationCounter/Counting"),
        .target(name: "AllocationCounter", dependencies: ["CAllocationCounter"], path: "Tests/AllocationCounter/Interface"),

        tests("DatasetsTests", ["Datasets", "Kernels", "Diagnostics", "CZlib", "AllocationCounter"]),
        tests("AllocationCounterTests", ["AllocationCounter", "TestSupport"]),
        tests("LayeringTests", []),
        tests("DriverTests", [
            "TestSupport", "Driver", "Calibration", "Export", "Runtime", "Estimate", "Datasets", "Lowering", "Ops", "Graph", "Kernels", "Model", "Syntax", "Diagnostics",
            "AllocationCounter", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ]),

        // Golden files and what reads them.
        .target(name: "TestSupport", dependencies: ["Syntax", "Diagnostics"], path: "Tests/TestSupport"),
        tests("DiagnosticsTests", ["Diagnostics"]),
        tests("SyntaxTests", ["Syntax", "Diagnostics"]),
        tests("GoldenTests", ["TestSupport", "Driver", "Estimate", "Model", "Syntax", "Diagnostics"]),
        tests("KernelsTests", ["Kernels", "CKernels"], hot: true),
        tests("OpsTests", ["Ops", "Graph", "Kernels", "AllocationCounter"]),
        tests("LoweringTests", ["Lowering", "Runtime", "Model", "Syntax", "Diagnostics", "Graph", "Kernels", "AllocationCounter"]),
        tests("ModelTests", ["Policies", "Lowering", "Model", "Syntax", "Diagnostics"]),
        tests("PoliciesTests", [
            "TestSupport", "Driver", "Policies", "Lowering", "Runtime", "Estimate", "Datasets", "Ops", "Graph", "Kernels", "Model", "Syntax", "Diagnostics", "AllocationCounter",
        ]),
    ],
    swiftLanguageModes: [.v6]
)

// `Tests/Fuzz/run` builds this, with sanitizers that nothing else needs.
if Context.environment["NNC_FUZZ"] != nil {
    package.targets += [
        .executableTarget(
            name: "fuzz",
            dependencies: ["Driver", "Policies", "Estimate", "Runtime", "Datasets", "Graph", "Kernels", "Model", "Syntax", "Diagnostics", "CZlib"],
            path: "Tests/Fuzz", exclude: ["run"]),
    ]
}
