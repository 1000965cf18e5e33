import Addressing
import Glibc
import JSON
import LabNetwork
import Netlink

/// What tests of whole clusters ask of a lab with three nodes and pods on each.
extension LabTestBed {
    /// A pod as the API server has it.
    struct PodFacts: Sendable, Hashable {
        var name: String
        var uid: String
        var address: String
        var node: String
        var restarts: Int
        var isReady: Bool
    }

    /// The Service of `number` has this ClusterIP, and the node port 30080 + `number`.
    static func clusterIP(_ number: Int) -> String { "10.96.7.\(7 + number)" }

    /// A Deployment of three echo servers, one on each node, and Service number `number` in front of it.
    ///
    /// - Parameter container: What its container has besides: members of JSON, each with a comma after it.
    static func deployment(_ name: String, _ number: Int, _ container: String = "") -> String {
        """
        {"apiVersion":"v1","kind":"List","items":[
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"\(name)"},"spec":{"replicas":3,
        "selector":{"matchLabels":{"app":"\(name)"}},
        "strategy":{"rollingUpdate":{"maxUnavailable":0,"maxSurge":1}},
        "template":{"metadata":{"labels":{"app":"\(name)"}},"spec":{"terminationGracePeriodSeconds":30,
        "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname",
        "whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"\(name)"}}}],
        "containers":[{"name":"main","image":"trama.dev/echo",\(container)
        "readinessProbe":{"httpGet":{"port":8080,"path":"/healthz"},"periodSeconds":1,"timeoutSeconds":10}}]}}}},
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"\(name)"},"spec":{"type":"NodePort",
        "clusterIP":"\(clusterIP(number))","selector":{"app":"\(name)"},
        "ports":[{"name":"http","port":80,"targetPort":8080,"nodePort":\(30_080 + number)}]}}]}
        """
    }

    /// A pod on node-1 that does nothing, for its network.
    private static let client = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"client","labels":{"app":"client"}},
        "spec":{"nodeName":"node-1","terminationGracePeriodSeconds":1,
        "containers":[{"name":"main","image":"trama.dev/pause"}]}}
        """

    /// Makes Deployments and a client, and waits until all nodes send to all their pods.
    func deploy(_ manifests: String...) async throws {
        for manifest in manifests + [Self.client] { try await kubectl("apply", "-f", "-", input: manifest) }
        try await eventually("the pods to be ready", within: .seconds(90)) {
            let pods = try await pods()
            return pods.count == 3 * manifests.count + 1 && pods.allSatisfy(\.isReady)
        }
        for pod in try await pods() where !pod.name.hasPrefix("client") { try await expectServed(pod) }
    }

    /// The pods, by name; of one Deployment, or all.
    func pods(of app: String? = nil) async throws -> [PodFacts] {
        let selector = app.map { ["-l", "app=\($0)"] } ?? []
        let text = try await run(
            ["kubectl", "--kubeconfig", kubeconfig, "--cache-dir", "/run/kube-cache", "get", "pods", "-o", "json"]
                + selector
        )
        return try (JSONValue(json: Array(text.utf8))["items"]?.array ?? []).map { pod in
            let conditions = pod[path: "status", "conditions"]?.array ?? []
            return PodFacts(
                name: pod[path: "metadata", "name"]?.string ?? "",
                uid: pod[path: "metadata", "uid"]?.string ?? "",
                address: pod[path: "status", "podIP"]?.string ?? "",
                node: pod[path: "spec", "nodeName"]?.string ?? "",
                restarts: pod[path: "status", "containerStatuses"]?[0]?["restartCount"]?.integer ?? 0,
                isReady: conditions.contains { $0["type"] == "Ready" && $0["status"] == "True" }
            )
        }.sorted { $0.name < $1.name }
    }

    /// The address of a node in the underlay.
    static func address(ofNode number: Int) -> String { "10.127.0.\(10 + number)" }

    /// What a node has of its Services in the kernel.
    func rules(ofNode number: Int) async throws -> String {
        try await run([
            "nsenter", "--net=/run/netns/\(name)-node-\(number)", "nft", "--stateless", "list", "table", "ip", "trama",
        ])
    }

    /// Waits until nodes send, or do not send, to a pod's port 8080.
    func expectServed(
        _ pod: PodFacts,
        _ isServed: Bool = true,
        byNodes numbers: [Int] = [1, 2, 3],
        within limit: Duration = .seconds(60)
    ) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        for number in numbers {
            let what = "node-\(number) to send \(isServed ? "" : "no more ")to \(pod.name) at \(pod.address)"
            try await eventually(what, within: max(end - clock.now, .zero)) {
                try await rules(ofNode: number).contains(": \(pod.address) . 8080") == isServed
            }
        }
    }

    /// A load from a pod, which then can do without the pod's program.
    func load(fromPod pod: PodFacts, to address: String, _ port: UInt16 = 80) throws -> ServiceLoad {
        try load("\(pod.name) → \(address):\(port)", "/run/netns/pod-\(pod.uid)", address, port)
    }

    /// A load from a node.
    func load(fromNode number: Int, to address: String, _ port: UInt16 = 80) throws -> ServiceLoad {
        try load("node-\(number) → \(address):\(port)", "/run/netns/\(name)-node-\(number)", address, port)
    }

    /// A load from outside the cluster, to a node port.
    func load(fromOutsideTo number: Int, _ port: UInt16) throws -> ServiceLoad {
        let address = Self.address(ofNode: number)
        let namespace = try NetworkNamespace(processID: keeper.id)
        return try ServiceLoad("outside → \(address):\(port)", from: namespace, to: Self.target(address, port))
    }

    private func load(_ title: String, _ place: String, _ address: String, _ port: UInt16) throws -> ServiceLoad {
        let namespace = try NetworkNamespace(path: path(place))
        return try ServiceLoad(title, from: namespace, to: Self.target(address, port))
    }

    private static func target(_ address: String, _ port: UInt16) throws -> SocketAddress {
        guard let parsed = IPAddress(address) else { throw NetlinkError(operation: "read \(address)", errno: EINVAL) }
        return SocketAddress(parsed, port)
    }

    /// A path on the bed's machine, as this process sees it.
    private func path(_ path: String) -> String { "/proc/\(keeper.id)/root\(path)" }

    private func json(_ file: String) throws -> JSONValue {
        guard let bytes = HostFiles.bytes(of: path(file), limit: 1 << 20) else {
            throw NetlinkError(operation: "read \(file)", errno: ENOENT)
        }
        return try JSONValue(json: bytes)
    }

    private static func process(_ value: JSONValue?, _ start: String) -> LabProcess? {
        guard let id = value?["pid"]?.integer.flatMap(Int32.init(exactly:)),
            let startTime = value?[start]?.integer.flatMap(UInt64.init(exactly:))
        else { return nil }
        return LabProcess(id: id, startTime: startTime)
    }

    /// A program of the lab: `control-plane`, `node-1`.
    func program(_ name: String) throws -> LabProcess {
        let programs = try json("/run/trama/lab/\(self.name)/state.json")["processes"]?.array ?? []
        let found = programs.first { $0["name"]?.string == name }
        guard let process = Self.process(found, "startTime") else {
            throw NetlinkError(operation: "find the program \(name)", errno: ESRCH)
        }
        return process
    }

    /// The supervisor of a pod's container, and the container's first process.
    func container(of pod: PodFacts) throws -> (supervisor: LabProcess, initial: LabProcess) {
        let folder = "/run/trama/lab/\(name)/hosts/\(pod.node)/state/node/pods/\(pod.uid)/containers/main"
        let record = try json("\(folder)/\(pod.restarts).run")
        guard let supervisor = Self.process(record["supervisor"], "start"),
            let initial = Self.process(record["initial"], "start")
        else { throw NetlinkError(operation: "find the container of \(pod.name)", errno: ESRCH) }
        return (supervisor, initial)
    }

    /// The process of a node's encrypted path.
    func wireGuard(ofNode number: Int) -> LabProcess? {
        LabProcess.all { id in
            HostFiles.text(of: "/proc/\(id)/cmdline", limit: 4096)?.hasSuffix("wireguard-go\0w\(number)-\(self.name)\0")
                == true
        }.first
    }

    /// Kills a program of the lab, and returns when it is gone.
    func kill(_ process: LabProcess) async throws {
        guard process.signal(SIGKILL), await LabProcess.wait(for: [process], atMost: .seconds(30)).isEmpty else {
            throw NetlinkError(operation: "kill process \(process.id)", errno: ESRCH)
        }
    }

    /// Kills all that runs on a host, its pods too, as if it lost its power; its network stays.
    func killAll(on host: String) async throws {
        guard let id = try json("/run/trama/lab/\(name)/state.json")["id"]?.string else {
            throw NetlinkError(operation: "read the lab's state", errno: EINVAL)
        }
        // Supervisors of containers, which end with them, have the host's folder in their arguments; all else has the
        // variables of the lab.
        let folder = "/run/trama/lab/\(name)/hosts/\(host)/"
        func find() -> [LabProcess] {
            LabProcess.all { process in
                let arguments = HostFiles.text(of: "/proc/\(process)/cmdline", limit: 65_536)
                if arguments?.contains(folder) == true { return true }
                let variables = HostFiles.text(of: "/proc/\(process)/environ", limit: 65_536)?.split(separator: "\0")
                return variables?.contains("TRAMA_LAB_ID=\(id)") == true
                    && variables?.contains("TRAMA_LAB_HOST=\(host)") == true
            }
        }
        try await eventually("the end of \(host)", within: .seconds(60)) {
            let found = find()
            for process in found { process.signal(SIGKILL) }
            return found.isEmpty
        }
    }
}
