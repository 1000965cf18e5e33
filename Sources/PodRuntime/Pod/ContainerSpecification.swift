import JSON

/// What is wanted of a container.
struct ContainerSpecification: Sendable, Hashable {
    /// The container as the pod's object has it.
    var object: JSONValue
    var name: String
    var image: String
    /// Whether it runs before the pod's containers.
    var isInit: Bool
    /// Whether it is an init container that goes on beside them (`restartPolicy: Always`).
    var isSidecar: Bool
    var probes: [ProbeKind: ProbeSpecification]
    /// What is done when it has started, and before it counts as running.
    var postStart: HandlerAction?
    /// What is done before it is told to end.
    var preStop: HandlerAction?

    init(_ object: JSONValue, isInit: Bool) {
        self.object = object
        self.isInit = isInit
        name = object["name"]?.string ?? ""
        image = object["image"]?.string ?? ""
        isSidecar = isInit && object["restartPolicy"]?.string == "Always"
        let ports = object["ports"]?.array ?? []
        probes = [:]
        for kind in ProbeKind.allCases {
            probes[kind] = ProbeSpecification(object[kind.field], ports: ports)
        }
        postStart = HandlerAction(object[path: "lifecycle", "postStart"], ports: ports)
        preStop = HandlerAction(object[path: "lifecycle", "preStop"], ports: ports)
    }
}

/// What a probe decides.
enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    /// Whether the container has come up: before that no other probe counts.
    case startup = "Startup"
    /// Whether it is to be started again.
    case liveness = "Liveness"
    /// Whether it can be asked.
    case readiness = "Readiness"

    /// The container's field.
    var field: String { "\(rawValue.lowercased())Probe" }
}

/// A probe, with upstream's defaults and bounds.
struct ProbeSpecification: Sendable, Hashable {
    var action: HandlerAction
    var initialDelay: Duration
    var period: Duration
    var timeout: Duration
    var successThreshold: Int
    var failureThreshold: Int
    /// The grace of a container that is ended by this probe; nil for the pod's.
    var gracePeriod: Int?

    /// Nil where there is none, or none that is known.
    init?(_ value: JSONValue?, ports: [JSONValue]) {
        guard let value, let action = HandlerAction(value, ports: ports) else { return nil }
        self.action = action
        func number(_ name: String, _ standard: Int) -> Int {
            let number = value[name]?.integer ?? 0
            return number > 0 ? min(number, 1 << 30) : standard
        }
        initialDelay = .seconds(number("initialDelaySeconds", 0))
        period = .seconds(number("periodSeconds", 10))
        timeout = .seconds(number("timeoutSeconds", 1))
        successThreshold = number("successThreshold", 1)
        failureThreshold = number("failureThreshold", 3)
        gracePeriod = value["terminationGracePeriodSeconds"]?.integer.map { min(max($0, 0), 1 << 30) }
    }
}

/// What a probe or a lifecycle hook does.
enum HandlerAction: Sendable, Hashable {
    /// A GET; 200 to 399 is success.
    case http(HTTPRequestTarget)
    /// A connection that comes about.
    case tcp(host: String?, port: UInt16)
    /// A program in the container that exits with 0.
    case execute([String])
    /// `grpc.health.v1.Health/Check` that answers `SERVING`.
    case grpc(port: UInt16, service: String)
    /// Waiting so long; of hooks.
    case sleep(seconds: Int)

    /// Whom a GET is sent to.
    struct HTTPRequestTarget: Sendable, Hashable {
        /// Nil for the pod's address.
        var host: String?
        var port: UInt16
        var path: String
        var usesTLS: Bool
        var headers: [Header]

        struct Header: Sendable, Hashable {
            var name: String
            var value: String
        }
    }

    /// Nil where there is none, or none that is known.
    ///
    /// - Parameter ports: The container's, among which named ones are looked for.
    init?(_ value: JSONValue?, ports: [JSONValue]) {
        func port(_ value: JSONValue?) -> UInt16? {
            if let number = value?.integer { return UInt16(exactly: number) }
            guard let name = value?.string else { return nil }
            let named = ports.first { $0["name"]?.string == name }?["containerPort"]?.integer
            return named.flatMap { UInt16(exactly: $0) } ?? UInt16(name)
        }
        if let target = value?["httpGet"], let port = port(target["port"]) {
            let path = target["path"]?.string ?? "/"
            self = .http(
                HTTPRequestTarget(
                    host: target["host"]?.string.flatMap { $0.isEmpty ? nil : $0 },
                    port: port,
                    path: path.hasPrefix("/") ? path : "/\(path)",
                    usesTLS: target["scheme"]?.string?.uppercased() == "HTTPS",
                    headers: (target["httpHeaders"]?.array ?? []).compactMap { header in
                        guard let name = header["name"]?.string, let value = header["value"]?.string else { return nil }
                        return .init(name: name, value: value)
                    }
                )
            )
        } else if let target = value?["tcpSocket"], let port = port(target["port"]) {
            self = .tcp(host: target["host"]?.string.flatMap { $0.isEmpty ? nil : $0 }, port: port)
        } else if let target = value?["exec"] {
            self = .execute((target["command"]?.array ?? []).compactMap(\.string))
        } else if let target = value?["grpc"], let port = port(target["port"]) {
            self = .grpc(port: port, service: target["service"]?.string ?? "")
        } else if let target = value?["sleep"] {
            self = .sleep(seconds: min(max(target["seconds"]?.integer ?? 0, 0), 1 << 30))
        } else {
            return nil
        }
    }
}
