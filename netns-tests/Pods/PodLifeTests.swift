import Glibc
import JSON
import Testing

/// Pods on the kernel, with Debian's CNI plug-ins.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .enabled(if: PodBed.hasPlugins), .serialized)
struct PodLifeTests {
    @Test func `a pod gets an address and answers`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply(
                "web",
                """
                {"containers":[{"name":"echo","image":"trama.dev/echo:1","args":["80"],"ports":[{"containerPort":80}],
                "readinessProbe":{"httpGet":{"path":"/healthz","port":80},"periodSeconds":1},
                "livenessProbe":{"tcpSocket":{"port":80}}}]}
                """
            )
            let report = try await bed.ready(uid)
            #expect(report.phase == "Running")
            #expect(report.podIP.hasPrefix("10.88.7."))
            #expect(report.container("echo")?["started"]?.bool == true)
            let answer = try await bed.host.run("curl", "-s", "--max-time", "5", "http://\(report.podIP)/hostname")
            #expect(answer == "web\n")
            let packet = try await bed.host.run("socat", "-T2", "-", "UDP:\(report.podIP):80", input: "hi")
            #expect(packet.hasPrefix("hostname=web ") && packet.hasSuffix("client=10.88.7.1:\(packet.port)\nhi"))
            let stream = try await bed.host.run("socat", "-T2", "-", "TCP:\(report.podIP):80", input: "hi")
            #expect(stream.hasPrefix("hostname=web ") && stream.hasSuffix("\nhi"))
        }
    }

    @Test func `programs see the pod's names, variables and volumes`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply(
                "names",
                #"""
                {"restartPolicy":"Never","subdomain":"peers","hostAliases":[{"ip":"192.0.2.1","hostnames":["far"]}],
                "volumes":[{"name":"config","configMap":{"name":"settings"}},{"name":"shared","emptyDir":{}}],
                "initContainers":[{"name":"first","image":"host","command":["sh","-c","echo made > /shared/file"],
                "volumeMounts":[{"name":"shared","mountPath":"/shared"}]}],
                "containers":[{"name":"main","image":"trama.dev/busybox","env":[
                {"name":"WHO","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},
                {"name":"IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}},
                {"name":"COLOUR","valueFrom":{"configMapKeyRef":{"name":"settings","key":"colour"}}},
                {"name":"BOTH","value":"$(WHO)-$(COLOUR)-$(NOBODY)"}],
                "envFrom":[{"secretRef":{"name":"keys"},"prefix":"KEY_"}],
                "volumeMounts":[{"name":"config","mountPath":"/etc/settings"},{"name":"shared","mountPath":"/shared"}],
                "workingDir":"/work-here","securityContext":{"runAsUser":1234,"runAsGroup":5678},
                "command":["sh","-c","hostname; echo $WHO $IP $BOTH $KEY_token $REDIS_SERVICE_HOST; cat /etc/resolv.conf /etc/hosts /etc/settings/colour /shared/file; id; pwd; exit 3"]}]}
                """#
            )
            let report = try await bed.report(uid, "its end") { $0.phase == "Failed" }
            let ended = report.container("main")?[path: "state", "terminated"]
            #expect(ended?["exitCode"]?.integer == 3)
            #expect(ended?["reason"]?.string == "Error")
            #expect(report.container("first")?[path: "state", "terminated", "reason"]?.string == "Completed")
            let text = try await bed.ask("names", #""container":"main","logs":{}"#)
            #expect(text.hasPrefix("names\nnames \(report.podIP) names-blue-$(NOBODY) hush 10.96.0.7\n"), "\(text)")
            for part in [
                "search default.svc.cluster.local svc.cluster.local cluster.local", "nameserver 10.96.0.10",
                "options ndots:5", "names.peers.default.svc.cluster.local", "192.0.2.1\tfar", "blue", "made",
                "uid=1234 gid=5678", "/work-here\n",
            ] {
                #expect(text.contains(part), "\(part) is not in \(text)")
            }
        }
    }

    @Test func `a container that ends is started again, and then left alone for a while`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply(
                "crash",
                #"{"containers":[{"name":"c","image":"host","command":["sh","-c","echo run; exit 5"]}]}"#
            )
            let report = try await bed.report(uid, "back-off") {
                $0.container("c")?[path: "state", "waiting", "reason"]?.string == "CrashLoopBackOff"
            }
            #expect(report.phase == "Running")
            #expect(report.container("c")?["restartCount"]?.integer == 1)
            #expect(report.container("c")?[path: "lastState", "terminated", "exitCode"]?.integer == 5)
            #expect(report.condition("Ready") == "False")
            #expect(try await bed.ask("crash", #""logs":{"previous":true}"#) == "run\n")
        }
    }

    @Test func `what cannot be run says why`() async throws {
        try await PodBed.make().run { bed in
            let image = try bed.apply("image", #"{"containers":[{"name":"c","image":"nginx:1.25"}]}"#)
            let missing = try bed.apply(
                "missing",
                #"{"containers":[{"name":"c","image":"trama.dev/pause","envFrom":[{"configMapRef":{"name":"no"}}]}]}"#
            )
            let program = try bed.apply(
                "program",
                #"{"restartPolicy":"Never","containers":[{"name":"c","image":"host","command":["no-such-program"]}]}"#
            )
            var report = try await bed.report(image, "ErrImagePull") {
                $0.container("c")?[path: "state", "waiting", "reason"]?.string == "ErrImagePull"
            }
            let message = report.container("c")?[path: "state", "waiting", "message"]?.string ?? ""
            #expect(message.contains("laboratory runtime") && message.contains("trama.dev/echo"))
            #expect(report.phase == "Pending")
            try await bed.report(image, "ImagePullBackOff") {
                $0.container("c")?[path: "state", "waiting", "reason"]?.string == "ImagePullBackOff"
            }
            report = try await bed.report(missing, "CreateContainerConfigError") {
                $0.container("c")?[path: "state", "waiting", "reason"]?.string == "CreateContainerConfigError"
            }
            #expect(report.container("c")?[path: "state", "waiting", "message"]?.string == #"configmap "no" not found"#)
            report = try await bed.report(program, "its end") { $0.phase == "Failed" }
            #expect(report.container("c")?[path: "state", "terminated", "reason"]?.string == "StartError")
        }
    }

    @Test func `a pod that is deleted runs its hook, is told, and is killed after its grace`() async throws {
        try await PodBed.make().run { bed in
            let spec = #"""
                {"terminationGracePeriodSeconds":2,"volumes":[{"name":"out","hostPath":{"path":"\#(bed.path)"}}],
                "containers":[{"name":"polite","image":"host","volumeMounts":[{"name":"out","mountPath":"/out"}],
                "lifecycle":{"postStart":{"exec":{"command":["sh","-c","echo started >> /out/said"]}},
                "preStop":{"exec":{"command":["sh","-c","echo hook >> /out/said"]}}},
                "command":["sh","-c","trap 'echo term >> /out/said; exit 0' TERM; echo > /out/polite; while :; do sleep 0.1; done"]},
                {"name":"deaf","image":"host","volumeMounts":[{"name":"out","mountPath":"/out"}],
                "command":["sh","-c","trap '' TERM; echo > /out/deaf; while :; do sleep 0.1; done"]}]}
                """#
            let uid = try bed.apply("ending", spec)
            try await bed.ready(uid)
            for name in ["polite", "deaf"] {
                try await eventually("the trap of \(name)") { access("\(bed.path)/\(name)", F_OK) == 0 }
            }
            try bed.apply(
                "ending",
                spec,
                metadata: #""deletionTimestamp":"2026-01-01T00:00:00Z","deletionGracePeriodSeconds":2"#
            )
            let report = try await bed.report(uid, "its end") { $0["isFinished"]?.bool == true }
            #expect(try bed.folder.read("said") == "started\nhook\nterm\n")
            #expect(report.container("polite")?[path: "state", "terminated", "exitCode"]?.integer == 0)
            #expect(report.container("deaf")?[path: "state", "terminated", "exitCode"]?.integer == 137)
            #expect(report.phase == "Failed")
        }
    }

    @Test func `a program can be run in a container`() async throws {
        try await PodBed.make().run { bed in
            let uid = try bed.apply("shell", #"{"containers":[{"name":"c","image":"trama.dev/pause"}]}"#)
            try await bed.ready(uid)
            let answer = try await bed.ask(
                "shell",
                #""exec":["sh","-c","hostname; cat; echo bad >&2; exit 9"],"input":"given""#
            )
            #expect(answer == "shell\ngiven[stderr]bad\n[status 9]")
            let terminal = try await bed.ask("shell", #""exec":["sh","-c","tty; stty size"],"tty":true"#)
            #expect(terminal.contains("/dev/pts/") && terminal.contains("[status 0]"), "\(terminal)")
            let none = try await bed.ask("shell", #""exec":["no-such-program"]"#)
            #expect(none.contains("[status 127]"))
        }
    }
}

extension String {
    /// The client's port in an echo server's answer.
    fileprivate var port: Substring {
        split(separator: "\n").first?.split(separator: ":").last ?? ""
    }
}
