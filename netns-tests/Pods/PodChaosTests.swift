import Glibc
import JSON
import Netlink
import Testing

/// Pods that come and go while their node is killed again and again.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .enabled(if: PodBed.hasPlugins))
struct PodChaosTests {
    private static let specs = [
        #"{"containers":[{"name":"c","image":"trama.dev/echo","args":["80"]}]}"#,
        #"{"containers":[{"name":"c","image":"host","command":["sh","-c","sleep 0.3; exit 1"]}]}"#,
        #"{"restartPolicy":"Never","containers":[{"name":"c","image":"host","command":["sleep","0.2"]}]}"#,
        #"""
        {"initContainers":[{"name":"s","image":"trama.dev/pause","restartPolicy":"Always"}],
        "volumes":[{"name":"m","emptyDir":{"medium":"Memory"}}],
        "containers":[{"name":"c","image":"trama.dev/busybox","command":["sh","-c","while :; do sleep 0.1; done"],
        "volumeMounts":[{"name":"m","mountPath":"/m"}]},{"name":"d","image":"trama.dev/pause"}]}
        """#,
    ]

    @Test func `whenever the node is killed, nothing is left of pods that are gone`() async throws {
        var random = SeededGenerator(seed: 7)
        let bed = try await PodBed.make()
        var node = try bed.start()
        var live: [String: String] = [:]
        for number in 0..<120 {
            let name = live.keys.sorted().randomElement(using: &random)
            switch (Int.random(in: 0..<20, using: &random), name) {
            case (0, _):
                node.signal(SIGKILL)
                try await node.end()
                node = try bed.start()
            case (1...6, let name?):
                try bed.apply(
                    name,
                    live[name] ?? "",
                    metadata: #""deletionTimestamp":"2026-01-01T00:00:00Z","deletionGracePeriodSeconds":1"#
                )
            case (7...11, let name?):
                live[name] = nil
                try bed.folder.remove("pods/\(name)-\(getpid()).json")
            default:
                guard live.count < 10, let spec = Self.specs.randomElement(using: &random) else { continue }
                live["chaos-\(number)"] = spec
                try bed.apply("chaos-\(number)", spec)
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...60, using: &random)))
        }
        try await bed.end(node)

        let namespaces = TemporaryFolderNames.names(in: "/run/netns")
        #expect(!namespaces.contains { $0.hasPrefix("pod-chaos-") && $0.hasSuffix("-\(getpid())") })
        #expect(!bed.names("addresses/test").contains { $0.hasPrefix("10.") })
        #expect(bed.names("log").isEmpty)
        #expect(!(try TemporaryFolder.read("/proc/self/mountinfo").contains(bed.path)))
        #expect(try await bed.host.network.links().allSatisfy { !$0.name.hasPrefix("veth") })
        // What is ending still is given a moment; a supervisor has the folder in its arguments.
        try await eventually("the end of all processes") {
            TemporaryFolderNames.names(in: "/proc").allSatisfy { name in
                guard Int(name) != nil else { return true }
                return (try? TemporaryFolder.read("/proc/\(name)/cmdline"))?.contains(bed.path) != true
            }
        }
    }
}

/// The names in a folder.
private enum TemporaryFolderNames {
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names
    }
}
