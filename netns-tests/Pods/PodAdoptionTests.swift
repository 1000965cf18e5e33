import Glibc
import JSON
import Netlink
import Testing

/// Pods outlive the node's process.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .enabled(if: PodBed.hasPlugins), .serialized)
struct PodAdoptionTests {
    @Test func `a node that was killed finds its pods as they were, and the ends that it missed`() async throws {
        let bed = try await PodBed.make()
        var node = try bed.start()
        let web = try bed.apply(
            "stays",
            #"""
            {"containers":[{"name":"c","image":"host","command":["sh","-c","i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done"]}]}
            """#
        )
        let job = try bed.apply(
            "ends",
            #"""
            {"restartPolicy":"Never","volumes":[{"name":"out","hostPath":{"path":"\#(bed.path)"}}],
            "containers":[{"name":"c","image":"host","volumeMounts":[{"name":"out","mountPath":"/out"}],
            "command":["sh","-c","until test -e /out/go; do sleep 0.05; done; exit 4"]}]}
            """#
        )
        let before = try await bed.ready(web)
        try await bed.ready(job)
        node.signal(SIGKILL)
        try await node.end()
        // Its end comes while nobody is there.
        try bed.folder.write("go", "")
        let exit = "state/pods/\(job)/containers/c/0.exit"
        try await eventually("the end of the job") { try? bed.folder.read(exit) }
        try bed.folder.remove("status/\(web).json")

        node = try bed.start()
        let after = try await bed.ready(web)
        #expect(after.podIP == before.podIP)
        #expect(after.container("c")?["restartCount"]?.integer == 0)
        #expect(after.container("c")?[path: "state"] == before.container("c")?[path: "state"])
        let ended = try await bed.report(job, "the job's failure") { $0.phase == "Failed" }
        #expect(ended.container("c")?[path: "state", "terminated", "exitCode"]?.integer == 4)
        // Not a line is missing of what was written meanwhile.
        let lines = try await bed.ask("stays", #""logs":{}"#).split(separator: "\n").compactMap { Int($0) }
        #expect(lines == Array(1...max(1, lines.count)))
        try await bed.end(node)
    }

    @Test func `a start that takes long is not begun again by a node that was killed meanwhile`() async throws {
        let bed = try await PodBed.make()
        try bed.folder.write(
            "slow",
            """
            #!/bin/sh
            if [ "$1" = start ]; then
                echo begun >> \(bed.path)/begun
                until test -e \(bed.path)/go; do sleep 0.05; done
            fi
            exec \(bed.launcher) "$@"
            """
        )
        chmod(bed.folder.path("slow"), 0o755)
        var node = try bed.start(launcher: bed.folder.path("slow"))
        let uid = try bed.apply("slow", #"{"containers":[{"name":"c","image":"trama.dev/pause"}]}"#)
        try await eventually("the launcher") { access("\(bed.path)/begun", F_OK) == 0 }
        node.signal(SIGKILL)
        try await node.end()
        try bed.folder.remove("status/\(uid).json")
        node = try bed.start(launcher: bed.folder.path("slow"))
        // Long enough for a node that does not wait.
        try await Task.sleep(for: .seconds(2))
        try bed.folder.write("go", "")
        let report = try await bed.ready(uid)
        #expect(report.container("c")?["restartCount"]?.integer == 0)
        #expect(try bed.folder.read("begun") == "begun\n")
        try await bed.end(node)
    }

    @Test func `a node that stops its pods leaves nothing of them`() async throws {
        let bed = try await PodBed.make()
        let node = try bed.start("stop")
        let uid = try bed.apply("last", #"{"containers":[{"name":"c","image":"trama.dev/echo"}]}"#)
        let report = try await bed.ready(uid)
        node.signal(SIGTERM)
        #expect(try await node.end() == .exited(0))
        #expect(bed.names("state/pods").isEmpty)
        #expect(access("/run/netns/pod-\(uid)", F_OK) != 0)
        #expect(!bed.names("addresses/test").contains(report.podIP))
        bed.removeGroup()
    }

    @Test func `a pod whose network was lost gets another, and its old processes end`() async throws {
        let bed = try await PodBed.make()
        var node = try bed.start()
        let uid = try bed.apply("lost", #"{"containers":[{"name":"c","image":"trama.dev/pause"}]}"#)
        try await bed.ready(uid)
        let run = try JSONValue(json: Array(try bed.folder.read("state/pods/\(uid)/containers/c/0.run").utf8))
        let process = try #require(run[path: "initial", "pid"]?.integer)
        node.signal(SIGKILL)
        try await node.end()
        _ = try await bed.host.run("umount", "/run/netns/pod-\(uid)")
        node = try bed.start()
        let report = try await bed.report(uid, "another start") {
            $0.container("c")?["restartCount"]?.integer == 1 && $0.condition("Ready") == "True"
        }
        let reason = report.container("c")?[path: "lastState", "terminated", "reason"]?.string
        #expect(reason == "ContainerStatusUnknown")
        #expect(access("/proc/\(process)/ns/net", F_OK) != 0)
        try await bed.end(node)
    }

    @Test func `a container ends with its supervisor, and is started again`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply("orphan", #"{"containers":[{"name":"c","image":"trama.dev/pause"}]}"#)
            try await bed.ready(uid)
            let run = try JSONValue(json: Array(try bed.folder.read("state/pods/\(uid)/containers/c/0.run").utf8))
            let supervisor = try #require(run[path: "supervisor", "pid"]?.integer.flatMap { Int32(exactly: $0) })
            let initial = try #require(run[path: "initial", "pid"]?.integer)
            kill(supervisor, SIGKILL)
            let report = try await bed.report(uid, "another start") {
                $0.container("c")?["restartCount"]?.integer == 1 && $0.condition("Ready") == "True"
            }
            #expect(report.container("c")?[path: "lastState", "terminated", "exitCode"]?.integer == 137)
            #expect(access("/proc/\(initial)/ns/net", F_OK) != 0)
        }
    }

    @Test func `pods that went while the node was away are ended, and nothing of them is left`() async throws {
        let bed = try await PodBed.make()
        var node = try bed.start()
        let uid = try bed.apply("gone", #"{"containers":[{"name":"c","image":"trama.dev/echo"}]}"#)
        let report = try await bed.ready(uid)
        let run = try JSONValue(json: Array(try bed.folder.read("state/pods/\(uid)/containers/c/0.run").utf8))
        let process = try #require(run[path: "initial", "pid"]?.integer)
        #expect(bed.names("addresses/test").contains(report.podIP))
        node.signal(SIGKILL)
        try await node.end()
        try bed.folder.remove("pods/\(uid).json")
        node = try bed.start()
        try await bed.end(node)
        #expect(access("/proc/\(process)/ns/net", F_OK) != 0)
        #expect(access("/run/netns/pod-\(uid)", F_OK) != 0)
        #expect(!bed.names("addresses/test").contains(report.podIP))
        #expect(bed.names("log").isEmpty)
        let mounts = try TemporaryFolder.read("/proc/self/mountinfo")
        #expect(!mounts.contains(bed.path))
        let links = try await bed.host.network.links().map(\.name)
        #expect(!links.contains { $0.hasPrefix("veth") })
    }
}
