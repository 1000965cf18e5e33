import Glibc
import JSON
import Testing

/// Probes, logs and pods on the host's network, on the kernel.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .enabled(if: PodBed.hasPlugins), .serialized)
struct PodProbeTests {
    @Test func `a container that does not live is started again`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply(
                "sick",
                #"""
                {"terminationGracePeriodSeconds":20,"containers":[{"name":"c","image":"trama.dev/busybox",
                "command":["sh","-c","trap 'exit 0' TERM; touch /tmp/alive; while :; do sleep 0.05; done"],
                "livenessProbe":{"exec":{"command":["test","-f","/tmp/alive"]},"periodSeconds":1,"timeoutSeconds":30,
                "failureThreshold":1,"initialDelaySeconds":5},
                "readinessProbe":{"exec":{"command":["test","-f","/tmp/alive"]},"periodSeconds":1,"timeoutSeconds":30}}]}
                """#
            )
            try await bed.ready(uid)
            _ = try await bed.ask("sick", #""exec":["rm","/tmp/alive"]"#)
            let report = try await bed.report(uid, "a second start") {
                $0.container("c")?["restartCount"]?.integer == 1 && $0.condition("Ready") == "True"
            }
            #expect(report.container("c")?[path: "lastState", "terminated", "exitCode"]?.integer == 0)
            #expect(access("/tmp/alive", F_OK) != 0)
        }
    }

    @Test(.enabled(if: access("/usr/bin/openssl", X_OK) == 0))
    func `a probe over HTTPS takes any certificate`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply(
                "tls",
                #"""
                {"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"host","workingDir":"/tmp",
                "command":["sh","-c","openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 2 -subj /CN=x && exec openssl s_server -accept 443 -key k -cert c -www"],
                "readinessProbe":{"httpGet":{"port":443,"scheme":"HTTPS"},"periodSeconds":1,"timeoutSeconds":5}}]}
                """#
            )
            try await bed.ready(uid)
        }
    }

    @Test func `a probe that takes too long leaves nobody, whoever its user is`() async throws {
        try await PodBed.make().run { bed in
            let seconds = "\(Int.random(in: 100_000...900_000))"
            try bed.apply(
                "slow",
                #"""
                {"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"trama.dev/pause","securityContext":{"runAsUser":65534},
                "readinessProbe":{"exec":{"command":["sleep","\#(seconds)"]},"periodSeconds":6,"timeoutSeconds":3}}]}
                """#
            )
            try await eventually("the probe") { PodBed.processes(of: "sleep", seconds) > 0 }
            try await eventually("the end of the probe's program") { PodBed.processes(of: "sleep", seconds) == 0 }
        }
    }

    @Test func `a pod on the host's network has the host's address`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply(
                "host",
                #"""
                {"hostNetwork":true,"containers":[{"name":"c","image":"trama.dev/echo","args":["7070"],
                "securityContext":{"runAsUser":65534,"runAsGroup":65534}}]}
                """#
            )
            let report = try await bed.ready(uid)
            #expect(report.podIP == "192.0.2.10")
            let answer = try await eventually("an answer") {
                try? await bed.host.run("curl", "-s", "--max-time", "5", "http://127.0.0.1:7070/clientip")
            }
            #expect(answer.hasPrefix("127.0.0.1:"))
        }
    }

    @Test func `a log is followed to the container's end`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply(
                "talk",
                #"""
                {"restartPolicy":"Never","containers":[{"name":"c","image":"host","command":["sh","-c",
                "for i in 1 2 3; do echo $i; sleep 0.2; done; echo bad >&2; echo why > /dev/termination-log; exit 2"]}]}
                """#
            )
            try await bed.report(uid, "its start") { $0.phase != "Pending" }
            #expect(try await bed.ask("talk", #""logs":{"follow":true}"#) == "1\n2\n3\nbad\n")
            let report = try await bed.report(uid, "its end") { $0.phase == "Failed" }
            #expect(report.container("c")?[path: "state", "terminated", "message"]?.string == "why\n")
            #expect(try await bed.ask("talk", #""logs":{"tail":2}"#) == "3\nbad\n")
            #expect(try await bed.ask("talk", #""logs":{"limit":3}"#) == "1\n2")
            #expect(try await bed.ask("talk", #""logs":{"previous":true}"#).contains("not found"))
            #expect(access("/dev/termination-log", F_OK) != 0)
        }
    }

    @Test func `a network that cannot be made is tried until it can`() async throws {
        let bed = try await PodBed.make()
        try bed.folder.rename("cni/10-test.conflist", to: "kept")
        try bed.folder.remove("cni/20-other.conflist")
        try await bed.run { bed in
            let uid = try bed.apply("late", #"{"containers":[{"name":"c","image":"trama.dev/pause"}]}"#)
            let report = try await bed.report(uid, "a reason") {
                $0.container("c")?[path: "state", "waiting", "message"]?.string?.contains("no network configuration")
                    == true
            }
            #expect(report.container("c")?[path: "state", "waiting", "reason"]?.string == "ContainerCreating")
            #expect(report.condition("PodReadyToStartContainers") == "False")
            try bed.folder.rename("kept", to: "cni/10-test.conflist")
            try await bed.ready(uid)
        }
    }
}
