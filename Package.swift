// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// For the targets that call C: each unsafe use is marked and says why it is in bounds.
let kernelSettings = settings + [.strictMemorySafety()]

let package = Package(
    name: "trama",
    products: [
        .executable(name: "trama", targets: ["trama"]),
        .executable(name: "trama-cni", targets: ["trama-cni"]),
        .executable(name: "trama-pod", targets: ["trama-pod"]),
        .library(name: "Netlink", targets: ["Netlink"]),
        .library(name: "NFTables", targets: ["NFTables"]),
        .library(name: "ServiceRouting", targets: ["ServiceRouting"]),
        .library(name: "KubernetesClient", targets: ["KubernetesAPI", "KubernetesClient"]),
    ],
    dependencies: [
        // Command line: upstream kube-proxy's flags are declared as properties, with help.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // HTTP client with TLS client certificates, for the API server's requests and watches.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // HTTP server of the API server: HTTP/1.1 over TLS, with back-pressure and limits.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        // The control plane's embedded store: SQLite in WAL mode.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Tokens of service accounts.
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        // Deques and ordered sets of the watch cache.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // Header fields and status codes in the HTTP server's signatures.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // DER of the certificates' extensions.
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        // The cluster's authority and the peers' certificates, made from the token.
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        // Keys from the token (HKDF, P-256), and WireGuard's keys (X25519).
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        // Logging façade; the klog-like and JSON handlers are ours.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Event loops, and the HTTP/1.1 codec of the health and metrics servers.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // Messages of HTTP as values, for what is written to a watch's connection without detour.
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        // HTTP/2 of a server that gRPC probes ask, in tests.
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        // TLS of the API client (private CAs, client certificates), and of the mesh between peers.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // Runs the long-lived parts of a daemon and stops them in order on SIGTERM.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Starts credential exec plug-ins (kubeconfig `users[].user.exec`), and programs in the tests.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        // File descriptors of the programs that swift-subprocess starts.
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        // YAML of manifests, kubeconfig and KubeProxyConfiguration.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C
        .systemLibrary(
            name: "CNetfilter",
            pkgConfig: "libnftnl",
            providers: [.apt(["libnftnl-dev", "libmnl-dev"])]
        ),
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),

        // Values that every layer speaks of
        .target(name: "Addressing", swiftSettings: settings),

        // JSON without Foundation and YAML, for small programs too
        .target(name: "JSON", swiftSettings: settings),

        // Kernel
        .target(name: "Netlink", dependencies: ["Addressing", "CLinux", "CNetfilter"], swiftSettings: kernelSettings),
        .target(
            name: "NFTables",
            dependencies: ["Addressing", "CLinux", "CNetfilter", "Netlink"],
            swiftSettings: kernelSettings
        ),

        // Kubernetes
        .target(
            name: "KubernetesAPI",
            dependencies: ["Addressing", "JSON", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings
        ),
        .target(
            name: "KubernetesClient",
            dependencies: [
                "JSON", "KubernetesAPI",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),

        // Cores: values in, values out
        .target(name: "ServiceRouting", dependencies: ["Addressing", "KubernetesAPI"], swiftSettings: settings),
        .target(
            name: "ServiceDataplane",
            dependencies: ["Addressing", "NFTables", "ServiceRouting"],
            swiftSettings: settings
        ),

        .target(name: "OverlayCore", dependencies: ["Addressing"], swiftSettings: settings),
        .target(
            name: "OverlayDataplane",
            dependencies: ["Addressing", "Netlink", "NFTables", "OverlayCore"],
            swiftSettings: settings
        ),

        .target(
            name: "OverlaySimulation",
            dependencies: ["Addressing", "OverlayCore"],
            swiftSettings: settings
        ),

        // The overlay's parts that touch something
        .target(
            name: "WireGuard",
            dependencies: ["Addressing", "CLinux", "Netlink", "OverlayCore", "OverlayDataplane"],
            swiftSettings: kernelSettings
        ),
        .target(
            name: "PathProbing",
            dependencies: ["Addressing", "CLinux", "Netlink", "OverlayCore"],
            swiftSettings: kernelSettings
        ),
        .target(
            name: "Attachment",
            dependencies: ["Addressing", "JSON", "Netlink"],
            swiftSettings: kernelSettings
        ),
        .target(
            name: "OverlayMesh",
            dependencies: [
                "Addressing", "Observability", "OverlayCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: settings
        ),

        // Roles
        .target(
            name: "Observability",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "ObjectSources",
            dependencies: [
                "KubernetesAPI", "KubernetesClient", "ServiceRouting", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Proxy",
            dependencies: [
                "Addressing", "KubernetesAPI", "KubernetesClient", "Netlink", "NFTables", "ObjectSources",
                "Observability", "ServiceDataplane", "ServiceRouting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),

        // Names of Services and pods
        .target(
            name: "ClusterDNS",
            dependencies: [
                "Addressing", "KubernetesAPI", "KubernetesClient", "ObjectSources", "Observability", "ServiceRouting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        .target(
            name: "Overlay",
            dependencies: [
                "Addressing", "Attachment", "ClusterDNS", "JSON", "KubernetesAPI", "KubernetesClient", "Netlink",
                "Observability", "OverlayCore", "OverlayDataplane", "OverlayMesh", "PathProbing", "WireGuard",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // The control plane: what is stored, what objects look like, who may, who serves, who reconciles
        .target(name: "Storage", swiftSettings: settings),
        .target(
            name: "SQLiteStore",
            dependencies: ["Storage", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: kernelSettings
        ),
        .target(
            name: "EtcdStore",
            dependencies: [
                "JSON", "Storage",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        .target(name: "APISchema", dependencies: ["JSON", "KubernetesAPI"], swiftSettings: settings),
        .target(
            name: "APIRegistry",
            dependencies: ["Addressing", "APISchema", "JSON", "KubernetesAPI"],
            swiftSettings: settings
        ),
        .target(
            name: "APIAccess",
            dependencies: [
                "APIRegistry", "JSON", "KubernetesAPI",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "APIServer",
            dependencies: [
                "Addressing", "APIAccess", "APIRegistry", "APISchema", "JSON", "KubernetesAPI", "Observability",
                "Storage",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Controllers",
            dependencies: [
                "Addressing", "JSON", "KubernetesAPI", "KubernetesClient", "Observability",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "ControlPlane",
            dependencies: [
                "Addressing", "APIAccess", "APIRegistry", "APISchema", "APIServer", "CLinux", "Controllers",
                "EtcdStore", "JSON", "KubernetesAPI", "KubernetesClient", "Observability", "SQLiteStore", "Storage",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // A node: pods as processes in namespaces, and what a kubelet serves
        .target(name: "PodLauncher", dependencies: ["CLinux", "JSON"], swiftSettings: kernelSettings),
        .target(
            name: "PodRuntime",
            dependencies: [
                "Addressing", "CLinux", "JSON", "KubernetesAPI", "Netlink", "PodLauncher",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: kernelSettings
        ),
        .target(
            name: "KubeletServer",
            dependencies: [
                "APIAccess", "JSON", "KubernetesAPI", "Observability",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Node",
            dependencies: [
                "Addressing", "JSON", "KubeletServer", "KubernetesAPI", "KubernetesClient", "Netlink",
                "Observability", "Overlay", "PodRuntime", "Proxy",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // Hosts as network namespaces: clusters on one machine, and tests of service routing
        .target(
            name: "LabNetwork",
            dependencies: ["Addressing", "CLinux", "Netlink"],
            swiftSettings: kernelSettings
        ),
        .target(
            name: "Lab",
            dependencies: [
                "Addressing", "JSON", "KubernetesAPI", "KubernetesClient", "LabNetwork", "NFTables", "Netlink",
                "Observability",
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: kernelSettings
        ),
        .target(
            name: "RoutingTest",
            dependencies: [
                "Addressing", "JSON", "KubernetesAPI", "LabNetwork", "NFTables", "Netlink",
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: kernelSettings
        ),

        // Commands
        .executableTarget(
            name: "trama",
            dependencies: [
                "Addressing", "Attachment", "ClusterDNS", "ControlPlane", "Controllers", "Lab", "Netlink", "Node",
                "Observability", "Overlay", "OverlayCore", "OverlayMesh", "Proxy", "RoutingTest",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(name: "trama-cni", dependencies: ["Attachment"], swiftSettings: settings),
        .executableTarget(name: "trama-pod", dependencies: ["PodLauncher"], swiftSettings: settings),

        // Benchmarks of the data plane, on the real kernel
        .executableTarget(
            name: "trama-bench",
            dependencies: [
                "Addressing", "ClusterDNS", "EtcdStore", "KubernetesAPI", "KubernetesClient", "LabNetwork", "Netlink",
                "NFTables", "Observability", "OverlayCore", "OverlayMesh", "OverlaySimulation", "ServiceDataplane",
                "ServiceRouting", "SQLiteStore", "Storage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "netns-tests/bench",
            exclude: ["run.sh"],
            swiftSettings: settings
        ),

        // Tests that need no privileges
        .testTarget(name: "AddressingTests", dependencies: ["Addressing"], swiftSettings: settings),
        .testTarget(
            name: "NetlinkTests",
            dependencies: ["SeededTesting", "Addressing", "Netlink"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NFTablesTests",
            dependencies: ["SeededTesting", "Addressing", "CNetfilter", "Netlink", "NFTables"],
            swiftSettings: settings
        ),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: settings),
        .testTarget(
            name: "APISchemaTests",
            dependencies: ["SeededTesting", "APISchema", "JSON", "KubernetesAPI"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "KubernetesAPITests",
            dependencies: ["SeededTesting", "JSON", "KubernetesAPI"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        // Random numbers that come again, for the tests of several targets.
        .target(name: "SeededTesting", path: "Tests/SeededTesting", swiftSettings: settings),
        // Folders that go with the test, for the tests of several targets.
        .target(name: "FolderTesting", path: "Tests/FolderTesting", swiftSettings: settings),
        // A server that replays what a stock kube-apiserver answered, for the tests of everything that speaks to one.
        .target(
            name: "KubernetesTesting",
            dependencies: [
                "KubernetesClient",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            path: "Tests/KubernetesTesting",
            exclude: ["Captured"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "KubernetesClientTests",
            dependencies: ["JSON", "KubernetesAPI", "KubernetesClient", "KubernetesTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServiceRoutingTests",
            dependencies: ["SeededTesting", "Addressing", "KubernetesAPI", "ServiceRouting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServiceDataplaneTests",
            dependencies: [
                "SeededTesting", "Addressing", "KubernetesAPI", "Netlink", "NFTables", "ServiceDataplane",
                "ServiceRouting",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: [
                "Observability",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ObjectSourcesTests",
            dependencies: [
                "KubernetesAPI", "KubernetesClient", "KubernetesTesting", "ObjectSources", "ServiceRouting",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ProxyTests",
            dependencies: [
                "SeededTesting", "Addressing", "KubernetesAPI", "KubernetesClient", "KubernetesTesting", "NFTables",
                "Netlink",
                "Observability", "Proxy", "ServiceDataplane", "ServiceRouting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OverlayCoreTests",
            dependencies: ["SeededTesting", "Addressing", "OverlayCore"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OverlaySimulationTests",
            dependencies: ["SeededTesting", "Addressing", "OverlayCore", "OverlaySimulation"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OverlayDataplaneTests",
            dependencies: ["SeededTesting", "Addressing", "Netlink", "NFTables", "OverlayCore", "OverlayDataplane"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WireGuardTests",
            dependencies: ["SeededTesting", "Addressing", "Netlink", "OverlayCore", "OverlayDataplane", "WireGuard"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PathProbingTests",
            dependencies: ["Addressing", "Netlink", "OverlayCore", "PathProbing"],
            swiftSettings: settings
        ),
        // Attaches and detaches until somebody kills it.
        .executableTarget(
            name: "attachment-churn",
            dependencies: ["Addressing", "Attachment", "SeededTesting"],
            path: "Tests/AttachmentChurn",
            swiftSettings: settings
        ),
        .testTarget(
            name: "AttachmentTests",
            dependencies: [
                "FolderTesting", "SeededTesting", "Addressing", "Attachment", "JSON", "Netlink", "attachment-churn",
            ],
            swiftSettings: settings
        ),
        // An etcd server, and a cluster of them, for the tests of everything that speaks to one.
        .target(
            name: "EtcdTesting",
            dependencies: ["EtcdStore", "KubernetesTesting", "Observability"],
            path: "Tests/EtcdTesting",
            swiftSettings: settings
        ),
        // Writes to a store until somebody kills it.
        .executableTarget(
            name: "store-churn",
            dependencies: ["SQLiteStore", "SeededTesting", "Storage"],
            path: "Tests/StoreChurn",
            swiftSettings: settings
        ),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "FolderTesting", "SeededTesting", "EtcdStore", "EtcdTesting", "JSON", "SQLiteStore", "Storage",
                "store-churn",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "APIServerTests",
            dependencies: [
                "SeededTesting",
                "Addressing", "APIAccess", "APIRegistry", "APISchema", "APIServer", "EtcdStore", "EtcdTesting", "JSON",
                "KubernetesAPI", "KubernetesClient", "KubernetesTesting", "Observability", "SQLiteStore", "Storage",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OverlayMeshTests",
            dependencies: [
                "FolderTesting", "SeededTesting",
                "Addressing", "Observability", "OverlayCore", "OverlayMesh",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OverlayTests",
            dependencies: [
                "FolderTesting",
                "Addressing", "Attachment", "JSON", "KubernetesAPI", "KubernetesClient", "KubernetesTesting", "Netlink",
                "Observability", "Overlay", "OverlayCore", "OverlayDataplane", "OverlayMesh",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "APIRegistryTests",
            dependencies: ["SeededTesting", "Addressing", "APIRegistry", "APISchema", "JSON", "KubernetesAPI"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TramaTests",
            dependencies: [
                "Addressing", "ControlPlane", "Controllers", "Lab", "Node", "Observability", "Overlay", "OverlayCore",
                "Proxy", "trama",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        .testTarget(
            name: "APIAccessTests",
            dependencies: ["APIAccess", "JSON", "KubernetesAPI", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings
        ),

        .testTarget(
            name: "ControllersTests",
            dependencies: [
                "Controllers", "JSON", "KubernetesAPI", "KubernetesClient", "KubernetesTesting", "SeededTesting",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ControlPlaneTests",
            dependencies: [
                "APIAccess", "Addressing", "ControlPlane", "JSON", "KubernetesAPI", "KubernetesClient",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ClusterDNSTests",
            dependencies: [
                "Addressing", "ClusterDNS", "KubernetesAPI", "KubernetesTesting", "Observability", "SeededTesting",
                "ServiceRouting",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PodRuntimeTests",
            dependencies: [
                "Addressing", "JSON", "KubernetesAPI", "Netlink", "PodLauncher", "PodRuntime", "SeededTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        // A node without an API server, until somebody kills it.
        .executableTarget(
            name: "pod-host",
            dependencies: [
                "Addressing", "JSON", "PodLauncher", "PodRuntime",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/PodHost",
            swiftSettings: settings
        ),
        .testTarget(
            name: "KubeletServerTests",
            dependencies: [
                "APIAccess", "APIRegistry", "APISchema", "APIServer", "Addressing", "CLinux", "JSON", "KubeletServer",
                "KubernetesAPI", "KubernetesTesting", "Observability", "SQLiteStore", "SeededTesting",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Addressing", "JSON", "KubernetesAPI", "KubernetesClient", "KubernetesTesting", "Netlink", "Node",
                "PodRuntime",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LabTests",
            dependencies: ["Addressing", "JSON", "Lab", "LabNetwork", "NFTables"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoutingTestTests",
            dependencies: ["SeededTesting", "Addressing", "JSON", "KubernetesAPI", "NFTables", "RoutingTest"],
            swiftSettings: settings
        ),

        // Tests on the real kernel, in network namespaces: they need root
        .testTarget(
            name: "NetnsTests",
            dependencies: [
                "Addressing", "Attachment", "CLinux", "CNetfilter", "JSON", "KubernetesAPI", "LabNetwork", "NFTables",
                "Netlink", "OverlayCore", "OverlayDataplane", "OverlayMesh", "PathProbing", "PodRuntime",
                "ServiceDataplane", "ServiceRouting", "WireGuard", "pod-host", "trama-cni", "trama-pod",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "netns-tests",
            exclude: ["EndToEnd/Fixtures", "bench", "packages.sh", "run.sh"],
            swiftSettings: settings
        ),
    ]
)
