import Glibc
import JSON
import KubernetesAPI
import Testing

@testable import PodLauncher
@testable import PodRuntime

/// What the runtime finds of an earlier one.
@Suite struct PodDiskTests {
    private func withDisk(_ body: (PodDisk, PodPaths, _ state: String) async throws -> Void) async throws {
        let state = "/tmp/trama-disk-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { SmallFiles.removeAll(state) }
        let configuration = PodRuntimeConfiguration(
            nodeName: "n",
            nodeAddresses: [],
            stateFolder: state,
            logFolder: "\(state)/log",
            launcher: "/nowhere"
        )
        let disk = PodDisk(configuration: configuration)
        try await disk.prepare()
        try await body(disk, PodPaths(configuration, namespace: "ns", name: "p", uid: "u"), state)
    }

    @Test func `a pod of which nothing but half a file was written is none`() async throws {
        try await withDisk { disk, paths, state in
            try SmallFiles.makeFolder(paths.folder)
            try SmallFiles.replace("\(paths.pod).new", Array("{".utf8))
            #expect(await disk.uids() == ["u"])
            try await disk.prepare()
            #expect(await disk.uids().isEmpty)
            // What may have something of a pod is left.
            try SmallFiles.makeFolder("\(paths.folder)/containers")
            try await disk.prepare()
            #expect(await disk.uids() == ["u"])
        }
    }

    @Test func `a container counts as being started as long as somebody has its lock`() async throws {
        try await withDisk { disk, paths, _ in
            let pod = try MachineWorld.pod(["containers": MachineWorld.containers("c")])
            #expect(!(await disk.hasStarting(pod, paths)))
            try SmallFiles.makeFolder(paths.container("c"))
            try SmallFiles.replace(paths.specification("c", 0), Array("{}".utf8))
            let lock = try await disk.lock(paths, "c", 0)
            // As the launcher has it, when the runtime has given up its own.
            let copy = dup(lock)
            close(lock)
            #expect(await disk.hasStarting(pod, paths))
            await #expect(throws: LauncherError.self) { _ = try await disk.lock(paths, "c", 0) }
            close(copy)
            #expect(!(await disk.hasStarting(pod, paths)))
            let again = try await disk.lock(paths, "c", 0)
            try SmallFiles.replace(paths.exit("c", 0), Array("{}".utf8))
            #expect(!(await disk.hasStarting(pod, paths)))
            close(again)
        }
    }
}
