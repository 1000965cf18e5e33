import Addressing
import JSON
import Testing

@testable import PodRuntime

@Suite struct ProbeCourseTests {
    private func world(_ probes: JSONValue) throws -> MachineWorld {
        var world = try MachineWorld(["containers": MachineWorld.containers("a", more: probes)])
        world.settle()
        return world
    }

    private func answer(_ kind: ProbeKind, _ isSuccess: Bool) -> PodEvent {
        .probed(container: "a", attempt: 0, kind, isSuccess: isSuccess, message: "it said so")
    }

    private func isProbe(_ action: PodAction?, _ kind: ProbeKind) -> Bool {
        if case .probe(_, _, kind, _)? = action { return true }
        return false
    }

    @Test func `a container is ready when its probe says so`() throws {
        var world = try world(["readinessProbe": ["tcpSocket": ["port": 80], "initialDelaySeconds": 5]])
        #expect(world.condition("Ready") == "False")
        #expect(!isProbe(world.all.last, .readiness))
        world.pass(.seconds(5))
        #expect(isProbe(world.all.last, .readiness))
        world.handle(answer(.readiness, true))
        #expect(world.condition("Ready") == "True")
        for _ in 0..<3 {
            #expect(world.condition("Ready") == "True")
            world.pass(.seconds(10))
            world.handle(answer(.readiness, false))
        }
        #expect(world.condition("Ready") == "False")
        #expect(world.machine.containers["a"]?.isRunning == true)
    }

    @Test func `other probes wait for the startup probe`() throws {
        var world = try world([
            "startupProbe": ["exec": ["command": ["x"]], "failureThreshold": 30],
            "livenessProbe": ["exec": ["command": ["y"]]],
        ])
        #expect(world.all.filter { isProbe($0, .startup) }.count == 1)
        #expect(!world.all.contains { isProbe($0, .liveness) })
        #expect(world.container("a")?["started"] == false)
        world.handle(answer(.startup, true))
        #expect(isProbe(world.all.last, .liveness))
        #expect(world.container("a")?["started"] == true)
        world.pass(.seconds(10))
        #expect(world.all.filter { isProbe($0, .startup) }.count == 1)
    }

    @Test func `a container that does not live is ended and started again`() throws {
        var world = try world(["livenessProbe": ["exec": ["command": ["x"]], "failureThreshold": 2]])
        world.handle(answer(.liveness, false))
        world.pass(.seconds(10))
        world.handle(answer(.liveness, false))
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.exit("a", 143)
        #expect(world.all.last == .start(container: "a", attempt: 1))
    }

    @Test func `a late answer about an earlier run counts for nothing`() throws {
        var world = try world(["readinessProbe": ["tcpSocket": ["port": 80]]])
        world.exit("a", 1)
        world.settle()
        world.handle(answer(.readiness, true))
        #expect(world.condition("Ready") == "False")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n", true), ("HTTP/1.0 302 Found\n", true), ("HTTP/1.1 503 Busy\r\n", false),
        ("HTTP/1.1 199 x\r\n", false), ("SSH-2.0-x\r\n", false), ("", false),
    ])
    func `an answer is judged by its status line`(answer: String, isSuccess: Bool) {
        let target = HandlerAction.HTTPRequestTarget(
            host: nil,
            port: 80,
            path: "/x",
            usesTLS: false,
            headers: [.init(name: "host", value: "me"), .init(name: "bad", value: "a\r\nb")]
        )
        let probe = HTTPProbe(target, address: .v4(0x0a00_0005))
        #expect(probe.outcome(Array(answer.utf8)).isSuccess == isSuccess)
        let request = String(decoding: probe.request, as: UTF8.self)
        #expect(request.hasPrefix("GET /x HTTP/1.1\r\n") && request.contains("host: me\r\n"))
        #expect(!request.contains("Host: 10") && !request.contains("bad"))
    }

    @Test func `ports may be named`() throws {
        let container = ContainerSpecification(
            [
                "name": "a", "ports": [["name": "web", "containerPort": 8080]],
                "readinessProbe": ["httpGet": ["port": "web", "path": "ready"]],
            ],
            isInit: false
        )
        guard case .http(let target)? = container.probes[.readiness]?.action else {
            Issue.record("no probe")
            return
        }
        #expect(target.port == 8080)
        #expect(target.path == "/ready")
    }
}
