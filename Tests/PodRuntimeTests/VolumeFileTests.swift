import Glibc
import JSON
import KubernetesAPI
import Synchronization
import Testing

@testable import PodLauncher
@testable import PodRuntime

/// Files of volumes: their modes, their owners, and tokens that do not grow old.
@Suite struct VolumeFileTests {
    /// Issues tokens with numbers.
    private final class Cluster: PodEnvironment {
        let count = Mutex(0)

        func data(_ kind: PodDataKind, namespace: String, name: String) async throws -> [String: [UInt8]] {
            ["key": Array("value".utf8)]
        }

        func token(
            namespace: String,
            serviceAccount: String,
            podName: String,
            podUID: String,
            audiences: [String],
            expiration: Duration
        ) async throws -> String {
            let number = count.withLock { count in
                count += 1
                return count
            }
            return "\(serviceAccount) \(audiences) \(expiration.components.seconds) \(number)"
        }
    }

    private static let volume: JSONValue = [
        "name": "v",
        "projected": [
            "defaultMode": 0o644,
            "sources": [
                ["serviceAccountToken": ["expirationSeconds": 3_607, "path": "token"]],
                ["configMap": ["name": "m", "items": [["key": "key", "path": "deep/key", "mode": 0o400]]]],
                ["downwardAPI": ["items": [["path": "name", "fieldRef": ["fieldPath": "metadata.name"]]]]],
            ],
        ],
    ]

    /// Makes the volumes of a pod in a folder of its own, which goes with the test.
    private func withVolumes(
        _ volume: JSONValue,
        security: JSONValue = [:],
        _ body: (VolumeKeeper, _ container: ContainerSpecification, _ folder: String) async throws -> Void
    ) async throws {
        let state = "/tmp/trama-volumes-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { SmallFiles.removeAll(state) }
        let pod = try MachineWorld.pod([
            "securityContext": security, "volumes": [volume],
            "containers": [["name": "c", "volumeMounts": [["name": "v", "mountPath": "/v"]]]],
        ])
        let configuration = PodRuntimeConfiguration(
            nodeName: "n",
            nodeAddresses: [],
            stateFolder: state,
            logFolder: "\(state)/log",
            launcher: "/nowhere"
        )
        let paths = PodPaths(configuration, namespace: pod.namespace, name: pod.name, uid: pod.uid)
        let resolver = VariableResolver(
            pod: pod,
            addresses: [],
            nodeName: "n",
            hostAddresses: [],
            environment: Cluster()
        )
        let keeper = VolumeKeeper(pod: pod, paths: paths, resolver: resolver)
        try await body(keeper, pod.containers[0], paths.volume("v"))
    }

    private func entry(_ path: String) throws -> stat {
        var entry = stat()
        try #require(stat(path, &entry) == 0, "\(path)")
        return entry
    }

    private func mode(_ path: String) throws -> mode_t { try entry(path).st_mode & 0o7777 }

    @Test func `every container may read a token that is meant for no user`() async throws {
        try await withVolumes(Self.volume) { keeper, container, folder in
            let mounts = try await keeper.mounts(of: container)
            #expect(mounts == [.init(source: folder, target: "/v", isReadOnly: true)])
            #expect(try SmallFiles.read("\(folder)/token") == Array("default [] 3607 1".utf8))
            #expect(try mode("\(folder)/token") == 0o644)
            #expect(try mode("\(folder)/deep/key") == 0o400)
        }
    }

    @Test func `a token is the user's where all containers run as one, and the group's where there is one`()
        async throws
    {
        try await withVolumes(Self.volume, security: ["runAsUser": .integer(getuid())]) { keeper, container, folder in
            _ = try await keeper.mounts(of: container)
            #expect(try mode("\(folder)/token") == 0o600)
            #expect(try mode("\(folder)/name") == 0o644)
        }
        let group = getegid()
        try await withVolumes(Self.volume, security: ["fsGroup": .integer(group)]) { keeper, container, folder in
            _ = try await keeper.mounts(of: container)
            #expect(try mode("\(folder)/token") == 0o640)
            #expect(try entry("\(folder)/token").st_gid == group)
            #expect(try mode("\(folder)/deep/key") == 0o440)
        }
        guard getuid() == 0 else { return }
        let others: JSONValue = ["runAsUser": 1_234, "fsGroup": 77]
        try await withVolumes(Self.volume, security: others) { keeper, container, folder in
            _ = try await keeper.mounts(of: container)
            let token = try entry("\(folder)/token")
            #expect(token.st_uid == 1_234 && token.st_gid == 77 && token.st_mode & 0o7777 == 0o640)
        }
    }

    @Test func `files have the mode of their projected volume`() async throws {
        var volume = Self.volume
        volume[path: "projected", "defaultMode"] = 0o444
        try await withVolumes(volume) { keeper, container, folder in
            _ = try await keeper.mounts(of: container)
            #expect(try mode("\(folder)/name") == 0o444)
            #expect(try mode("\(folder)/token") == 0o444)
        }
    }

    @Test func `a token that has had four fifths of its life is replaced`() async throws {
        try await withVolumes(Self.volume) { keeper, container, folder in
            // Not before a container has it.
            try await keeper.renewTokens(at: .now)
            #expect(!SmallFiles.exists("\(folder)/token"))
            _ = try await keeper.mounts(of: container)
            let now = Timestamp.now
            try await keeper.renewTokens(at: now.advanced(by: .seconds(2_800)))
            #expect(try SmallFiles.read("\(folder)/token") == Array("default [] 3607 1".utf8))
            try await keeper.renewTokens(at: now.advanced(by: .seconds(2_900)))
            #expect(try SmallFiles.read("\(folder)/token") == Array("default [] 3607 2".utf8))
            #expect(try mode("\(folder)/token") == 0o644)
        }
    }
}
