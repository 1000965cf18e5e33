import JSON
import KubernetesAPI
import Testing

@testable import PodRuntime

@Suite struct PodMachineTests {
    @Test func `the network comes before containers`() throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a")])
        #expect(world.step() == [.makeSandbox])
        #expect(world.container("a")?[path: "state", "waiting", "reason"] == "ContainerCreating")
        world.handle(.sandboxMade([MachineWorld.address]))
        #expect(world.all.last == .start(container: "a", attempt: 0))
        #expect(world.status()["podIP"] == "10.0.0.5")
        #expect(world.status()["phase"] == "Pending")
    }

    @Test func `a network that fails is tried again later`() throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a")])
        world.step()
        world.handle(.sandboxFailed("no plug-in"))
        #expect(world.all == [.makeSandbox])
        #expect(world.container("a")?[path: "state", "waiting", "message"] == "no plug-in")
        world.pass(.milliseconds(500))
        #expect(world.all == [.makeSandbox, .makeSandbox])
    }

    @Test func `init containers run one after the other`() throws {
        var world = try MachineWorld([
            "initContainers": MachineWorld.containers("i", "j"), "containers": MachineWorld.containers("a"),
        ])
        world.settle()
        #expect(world.all == [.makeSandbox, .start(container: "i", attempt: 0)])
        #expect(world.container("a")?[path: "state", "waiting", "reason"] == "PodInitializing")
        #expect(world.condition("Initialized") == "False")
        world.exit("i", 0)
        world.settle()
        world.exit("j", 0)
        world.settle()
        #expect(world.machine.containers["a"]?.isRunning == true)
        #expect(world.condition("Initialized") == "True")
        #expect(world.status()["phase"] == "Running")
    }

    @Test func `an init container that fails ends a pod that restarts nothing`() throws {
        var world = try MachineWorld([
            "restartPolicy": "Never", "initContainers": MachineWorld.containers("i"),
            "containers": MachineWorld.containers("a"),
        ])
        world.settle()
        world.exit("i", 1)
        #expect(world.status()["phase"] == "Failed")
        #expect(world.all.last == .removeSandbox)
        #expect(world.machine.containers["a"]?.phase == .waiting(nil))
    }

    @Test func `a sidecar goes on beside the others and ends after them`() throws {
        var world = try MachineWorld([
            "initContainers": MachineWorld.containers("side", more: ["restartPolicy": "Always"]),
            "containers": MachineWorld.containers("a"),
        ])
        world.settle()
        #expect(world.machine.containers["a"]?.isRunning == true)
        #expect(world.machine.containers["side"]?.isRunning == true)
        try world.delete(grace: 30)
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.exit("a", 0)
        #expect(world.all.last == .tell(container: "side", attempt: 0))
        world.exit("side", 0)
        #expect(world.all.last == .removeSandbox)
    }

    @Test func `a container that keeps ending waits ten seconds, then twice as long`() throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a")])
        world.settle()
        var waits: [Int] = []
        for _ in 0..<8 {
            world.exit("a", 1)
            var seconds = 0
            while world.machine.containers["a"]?.exit != nil {
                let waiting = world.container("a")?[path: "state", "waiting", "reason"]
                #expect(waiting == "CrashLoopBackOff")
                world.pass(.seconds(1))
                seconds += 1
            }
            waits.append(seconds)
            world.settle()
        }
        #expect(waits == [0, 10, 20, 40, 80, 160, 300, 300])
        world.pass(.seconds(601))
        world.exit("a", 1)
        #expect(world.machine.containers["a"]?.exit == nil)
    }

    @Test func `a container that runs for less than ten minutes each time goes on waiting longer`() throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a")])
        world.settle()
        func ends() -> Int {
            world.pass(.seconds(590))
            world.exit("a", 1)
            var seconds = 0
            while world.machine.containers["a"]?.exit != nil {
                world.pass(.seconds(1))
                seconds += 1
            }
            world.settle()
            return seconds
        }
        #expect((0..<8).map { _ in ends() } == [0, 10, 20, 40, 80, 160, 300, 300])
    }

    @Test(arguments: [("Always", 0, true), ("OnFailure", 0, false), ("OnFailure", 1, true), ("Never", 1, false)])
    func `the restart policy decides`(policy: String, code: Int32, restarts: Bool) throws {
        var world = try MachineWorld([
            "restartPolicy": .string(policy), "containers": MachineWorld.containers("a"),
        ])
        world.settle()
        world.exit("a", code)
        #expect(world.all.contains(.start(container: "a", attempt: 1)) == restarts)
        let phase: JSONValue = restarts ? "Running" : code == 0 ? "Succeeded" : "Failed"
        #expect(world.status()["phase"] == phase)
    }

    @Test func `a pod that has ended says so in its conditions and keeps its address`() throws {
        var world = try MachineWorld(["restartPolicy": "Never", "containers": MachineWorld.containers("a")])
        world.settle()
        world.exit("a", 0)
        world.handle(.sandboxRemoved)
        let ready = world.status()["conditions"]?.array?.first { $0["type"] == "Ready" }
        #expect(ready?["reason"] == "PodCompleted")
        #expect(world.status()["podIP"] == "10.0.0.5")
        #expect(world.machine.isGone)
    }

    @Test func `a container is told, and killed when its grace is over`() throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a")])
        world.settle()
        try world.delete(grace: 5)
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.pass(.seconds(4))
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .kill(container: "a", attempt: 0))
    }

    @Test func `sidecars have what the others left of the grace period, and two seconds at least`() throws {
        var world = try MachineWorld([
            "initContainers": MachineWorld.containers("first", "second", more: ["restartPolicy": "Always"]),
            "containers": MachineWorld.containers("a"),
        ])
        world.settle()
        try world.delete(grace: 10)
        world.pass(.seconds(4))
        world.exit("a", 0)
        #expect(world.all.last == .tell(container: "second", attempt: 0))
        world.pass(.seconds(5))
        #expect(world.all.last == .tell(container: "second", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .kill(container: "second", attempt: 0))
        world.exit("second", 137)
        #expect(world.all.last == .tell(container: "first", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .tell(container: "first", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .kill(container: "first", attempt: 0))
    }

    @Test(arguments: [0, 1]) func `what is deleted without grace has two seconds all the same`(grace: Int) throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a")])
        world.settle()
        try world.delete(grace: grace)
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .kill(container: "a", attempt: 0))
    }

    @Test func `the hook comes before the signal, and leaves two seconds for it`() throws {
        var world = try MachineWorld([
            "containers": MachineWorld.containers("a", more: ["lifecycle": ["preStop": ["sleep": ["seconds": 9]]]])
        ])
        world.settle()
        try world.delete(grace: 10)
        let hook = PodAction.runHook(container: "a", attempt: 0, .sleep(seconds: 9), limit: .seconds(10))
        #expect(world.all.last == hook)
        world.pass(.seconds(9))
        world.handle(.hookEnded(container: "a", attempt: 0))
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        world.pass(.seconds(1))
        #expect(world.all.last == .kill(container: "a", attempt: 0))
    }

    @Test func `a container runs when its hook has ended, and the next one starts then`() throws {
        let hooks: JSONValue = ["lifecycle": ["postStart": ["sleep": ["seconds": 9]]]]
        var world = try MachineWorld(["containers": MachineWorld.containers("a", "b", more: hooks)])
        world.settle()
        #expect(world.all.last == .runStartHook(container: "a", attempt: 0, .sleep(seconds: 9)))
        #expect(world.container("a")?[path: "state", "waiting", "reason"] == "ContainerCreating")
        #expect(world.status()["phase"] == "Pending")
        world.handle(.startHookEnded(container: "a", attempt: 0, isSuccess: true, message: ""))
        #expect(world.container("a")?[path: "state", "running"] != nil)
        #expect(world.all.last == .start(container: "b", attempt: 0))
        world.settle()
        world.handle(.startHookEnded(container: "b", attempt: 0, isSuccess: true, message: ""))
        #expect(world.status()["phase"] == "Running")
        #expect(world.condition("Ready") == "True")
    }

    @Test func `a container whose start hook fails is ended and started again`() throws {
        let hooks: JSONValue = ["lifecycle": ["postStart": ["sleep": ["seconds": 9]]]]
        var world = try MachineWorld(["containers": MachineWorld.containers("a", more: hooks)])
        world.settle()
        world.handle(.startHookEnded(container: "a", attempt: 0, isSuccess: false, message: "no"))
        #expect(world.all.last == .tell(container: "a", attempt: 0))
        #expect(world.machine.takeNotes().map(\.reason) == ["Started", "FailedPostStartHook", "Killing"])
        #expect(world.condition("Ready") == "False")
        world.exit("a", 143)
        #expect(world.all.last == .start(container: "a", attempt: 1))
    }

    @Test func `what the API server no longer has is killed at once`() throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a", "b")])
        world.settle()
        world.machine.isRemoved = true
        world.step()
        #expect(world.all.suffix(2) == [.kill(container: "a", attempt: 0), .kill(container: "b", attempt: 0)])
    }

    @Test func `a pod that had ended is not run again`() throws {
        let status: JSONValue = ["phase": "Succeeded", "containerStatuses": []]
        var world = try MachineWorld(["containers": MachineWorld.containers("a")], status: status)
        #expect(world.step().isEmpty)
        #expect(world.status() == status)
    }

    @Test func `a pod beyond its deadline fails`() throws {
        var world = try MachineWorld([
            "activeDeadlineSeconds": 60, "containers": MachineWorld.containers("a"),
        ])
        world.settle()
        world.pass(.seconds(60))
        world.exit("a", 143)
        #expect(world.status()["phase"] == "Failed")
        #expect(world.status()["reason"] == "DeadlineExceeded")
    }

    @Test func `a pod that has succeeded does not fail by its deadline`() throws {
        var world = try MachineWorld([
            "activeDeadlineSeconds": 60, "restartPolicy": "Never", "containers": MachineWorld.containers("a"),
        ])
        world.settle()
        world.exit("a", 0)
        world.pass(.seconds(61))
        #expect(world.status()["phase"] == "Succeeded")
    }

    @Test func `transition times change with the truth only`() throws {
        var world = try MachineWorld(["containers": MachineWorld.containers("a")])
        world.settle()
        func since(_ status: JSONValue) -> JSONValue? {
            status["conditions"]?.array?.first { $0["type"] == "Ready" }?["lastTransitionTime"]
        }
        let first = since(world.status())
        world.pass(.seconds(50))
        #expect(since(world.status()) == first)
        world.exit("a", 1)
        #expect(since(world.status()) != first)
    }
}
