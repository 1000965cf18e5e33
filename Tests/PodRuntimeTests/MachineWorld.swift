import Addressing
import JSON
import KubernetesAPI

@testable import PodRuntime

/// A pod's machine with a world around it, in which time passes by hand.
struct MachineWorld {
    var machine: PodMachine
    var now: Moment
    /// What was asked for and has not been answered.
    var open: [PodAction] = []
    /// Everything that was asked for, in order.
    var all: [PodAction] = []

    static let address = IPAddress.v4(0x0a00_0005)

    init(_ spec: JSONValue, metadata: JSONValue = [:], status: JSONValue? = nil) throws {
        now = Moment(wall: Timestamp(seconds: 1_800_000_000), uptime: .seconds(1_000))
        machine = PodMachine(try Self.pod(spec, metadata: metadata, status: status), at: now)
    }

    static func pod(
        _ spec: JSONValue,
        metadata: JSONValue = [:],
        status: JSONValue? = nil
    ) throws -> PodSpecification {
        var object: JSONValue = ["metadata": ["name": "p", "namespace": "ns", "uid": "u"], "spec": spec]
        for member in metadata.object?.members ?? [] { object["metadata"]?[member.name] = member.value }
        object["status"] = status
        return try PodSpecification(object)
    }

    static func containers(_ names: String..., more: JSONValue = [:]) -> JSONValue {
        .array(
            names.map { name in
                var container: JSONValue = ["name": .string(name), "image": "trama.dev/pause"]
                for member in more.object?.members ?? [] { container[member.name] = member.value }
                return container
            }
        )
    }

    /// Asks the machine, and keeps what it wants.
    @discardableResult
    mutating func step() -> [PodAction] {
        let actions = machine.next(at: now)
        open += actions
        all += actions
        return actions
    }

    mutating func handle(_ event: PodEvent) {
        machine.handle(event, at: now)
        step()
    }

    mutating func pass(_ duration: Duration) {
        now = Moment(wall: now.wall.advanced(by: duration), uptime: now.uptime + duration)
        step()
    }

    /// Makes the sandbox and starts what is asked for, until nothing more is.
    mutating func settle() {
        step()
        while let index = open.firstIndex(where: \.isStart) {
            switch open.remove(at: index) {
            case .makeSandbox: handle(.sandboxMade([Self.address]))
            case .start(let name, let attempt): handle(.started(container: name, attempt: attempt, at: now.wall))
            default: break
            }
        }
    }

    mutating func exit(_ name: String, _ code: Int32) {
        let attempt = machine.containers[name]?.attempt ?? 0
        handle(
            .exited(
                container: name,
                ContainerExit(
                    attempt: attempt,
                    exitCode: code,
                    reason: ContainerExit.reason(exitCode: code, isOutOfMemory: false),
                    startedAt: now.wall,
                    finishedAt: now.wall
                )
            )
        )
    }

    mutating func delete(grace: Int) throws {
        var object = machine.pod.object
        object["metadata"]?["deletionTimestamp"] = "2027-01-01T00:00:00Z"
        object["metadata"]?["deletionGracePeriodSeconds"] = .integer(grace)
        machine.update(try PodSpecification(object))
        step()
    }

    mutating func status() -> JSONValue { machine.status(on: .init(addresses: [.v4(0xc000_020a)]), at: now) }

    mutating func container(_ name: String) -> JSONValue? {
        let status = status()
        let all =
            (status["initContainerStatuses"]?.array ?? []) + (status["containerStatuses"]?.array ?? [])
        return all.first { $0["name"]?.string == name }
    }

    mutating func condition(_ type: String) -> String? {
        status()["conditions"]?.array?.first { $0["type"]?.string == type }?["status"]?.string
    }
}

extension PodAction {
    var isStart: Bool {
        switch self {
        case .makeSandbox, .start: true
        default: false
        }
    }
}
