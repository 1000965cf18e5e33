import JSON
import KubernetesAPI
import SeededTesting
import Testing

@testable import PodRuntime

/// Random histories: whatever happens in whatever order, the machine keeps its promises.
@Suite struct PodHistoryTests {
    @Test func `no history breaks the rules`() throws {
        var random = SeededGenerator()
        for history in 0..<150 {
            try run(history, &random)
        }
    }

    private func run(_ history: Int, _ random: inout SeededGenerator) throws {
        let place: Comment = "\(random) history \(history)"
        var world = try MachineWorld(Self.spec(&random))
        var running: [String: Int] = [:]
        var hasSandbox = false
        world.step()
        var lastPhase = "Pending"
        for _ in 0..<Int.random(in: 5...80, using: &random) {
            try Self.happen(&world, &running, &hasSandbox, &random, place)
            let phase = world.status()["phase"]?.string ?? ""
            // An end is one, and a pod that has run does not go back.
            if ["Succeeded", "Failed"].contains(lastPhase) { #expect(phase == lastPhase, place) }
            lastPhase = phase
        }
        // Whatever has happened: deleted, it comes to its end.
        if !world.machine.isDeleted { try world.delete(grace: 3) }
        for _ in 0..<400 where !world.machine.isGone {
            world.pass(.seconds(1))
            while !world.open.isEmpty { Self.answer(&world, &running, &hasSandbox, &random, fails: false) }
        }
        #expect(world.machine.isGone, place)
        #expect(running.isEmpty, place)
        #expect(!hasSandbox, place)
        let phase = world.status()["phase"]?.string
        #expect(phase == "Succeeded" || phase == "Failed", place)
    }

    private static func spec(_ random: inout SeededGenerator) -> JSONValue {
        let policy = ["Always", "OnFailure", "Never"].randomElement(using: &random) ?? "Always"
        let probe: JSONValue = ["tcpSocket": ["port": 80], "periodSeconds": 1, "failureThreshold": 2]
        let more: [JSONValue] = [
            [:], ["readinessProbe": probe], ["livenessProbe": probe, "startupProbe": probe],
            ["lifecycle": ["preStop": ["sleep": ["seconds": 1]]]],
            ["lifecycle": ["postStart": ["sleep": ["seconds": 1]]], "readinessProbe": probe],
        ]
        func containers(_ names: String...) -> [JSONValue] {
            names.flatMap { MachineWorld.containers($0, more: more.randomElement(using: &random) ?? [:]).array ?? [] }
        }
        let deadline: JSONValue = .integer(Int.random(in: 5...200, using: &random))
        var spec: JSONValue = [
            "activeDeadlineSeconds": Bool.random(using: &random) ? deadline : .null,
            "restartPolicy": .string(policy), "containers": .array(containers("a", "b")),
            "terminationGracePeriodSeconds": 3,
        ]
        var first = containers("i", "s")
        if Bool.random(using: &random) { first[1]["restartPolicy"] = "Always" }
        if Bool.random(using: &random) { spec["initContainers"] = .array(first) }
        return spec
    }

    private static func happen(
        _ world: inout MachineWorld,
        _ running: inout [String: Int],
        _ hasSandbox: inout Bool,
        _ random: inout SeededGenerator,
        _ place: Comment
    ) throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: if !world.machine.isDeleted { try world.delete(grace: 3) }
        case 1 where Int.random(in: 0..<10, using: &random) == 0:
            world.machine.isRemoved = true
            world.step()
        case 2...6:
            guard let name = running.keys.sorted().randomElement(using: &random) else { return }
            end(&world, &running, name, [0, 1, 137].randomElement(using: &random) ?? 0)
        case 7...9: world.pass(.milliseconds(Int.random(in: 1...15_000, using: &random)))
        default: answer(&world, &running, &hasSandbox, &random, fails: true)
        }
        let states = world.machine.containers
        for (name, attempt) in running {
            #expect(states[name]?.attempt == attempt, place)
            #expect(hasSandbox, place)
        }
        let mains = world.machine.pod.containers.filter { running[$0.name] != nil }
        if !mains.isEmpty { #expect(world.machine.isInitialized, place) }
        let status = world.status()
        let isReady = status["conditions"]?.array?.contains { $0["type"] == "Ready" && $0["status"] == "True" }
        if isReady == true {
            #expect(world.machine.pod.containers.allSatisfy { states[$0.name]?.isReady == true }, place)
        }
        // It never sleeps while something is due.
        #expect(world.machine.next(at: world.now).isEmpty, place)
        if let time = world.machine.wakeTime { #expect(time > world.now.uptime, place) }
    }

    private static func end(
        _ world: inout MachineWorld,
        _ running: inout [String: Int],
        _ name: String,
        _ code: Int32
    ) {
        guard let attempt = running.removeValue(forKey: name) else { return }
        world.handle(
            .exited(
                container: name,
                ContainerExit(
                    attempt: attempt,
                    exitCode: code,
                    reason: "Error",
                    startedAt: world.now.wall,
                    finishedAt: world.now.wall
                )
            )
        )
    }

    /// Answers one of the things that were asked for.
    private static func answer(
        _ world: inout MachineWorld,
        _ running: inout [String: Int],
        _ hasSandbox: inout Bool,
        _ random: inout SeededGenerator,
        fails: Bool
    ) {
        guard !world.open.isEmpty else { return }
        let action = world.open.remove(at: Int.random(in: world.open.indices, using: &random))
        let isBad = fails && Int.random(in: 0..<4, using: &random) == 0
        switch action {
        case .makeSandbox:
            #expect(!hasSandbox)
            hasSandbox = !isBad
            world.handle(isBad ? .sandboxFailed("no") : .sandboxMade([MachineWorld.address]))
        case .removeSandbox:
            #expect(running.isEmpty)
            if !isBad { hasSandbox = false }
            world.handle(isBad ? .sandboxRemovalFailed("no") : .sandboxRemoved)
        case .start(let name, let attempt):
            #expect(running[name] == nil)
            if isBad {
                world.handle(
                    .refused(
                        container: name,
                        attempt: attempt,
                        reason: "CreateContainerConfigError",
                        message: "no"
                    )
                )
            } else {
                running[name] = attempt
                world.handle(.started(container: name, attempt: attempt, at: world.now.wall))
            }
        case .runStartHook(let name, let attempt, _):
            world.handle(.startHookEnded(container: name, attempt: attempt, isSuccess: !isBad, message: ""))
        case .runHook(let name, let attempt, _, _): world.handle(.hookEnded(container: name, attempt: attempt))
        case .tell(let name, let attempt) where running[name] == attempt && !isBad:
            end(&world, &running, name, 143)
        case .kill(let name, let attempt) where running[name] == attempt: end(&world, &running, name, 137)
        case .tell, .kill: break
        case .probe(let name, let attempt, let kind, _):
            world.handle(
                .probed(container: name, attempt: attempt, kind, isSuccess: Bool.random(using: &random), message: "")
            )
        }
    }
}
