import Addressing
import JSON
import Testing

@testable import PodLauncher
@testable import PodRuntime

/// What containers are given: commands, variables, names, settings.
@Suite struct ContainerSetupTests {
    private struct Cluster: PodEnvironment {
        func data(_ kind: PodDataKind, namespace: String, name: String) async throws -> [String: [UInt8]] {
            guard name == "settings" else { throw PodEnvironmentError.notFound }
            return ["colour": Array("blue".utf8)]
        }

        func serviceVariables(namespace: String) async -> [(name: String, value: String)] {
            [("KUBERNETES_SERVICE_HOST", "10.96.0.1"), ("REDIS_SERVICE_HOST", "10.96.0.7")]
        }
    }

    private func variables(_ container: JSONValue, spec: JSONValue = [:]) async throws -> [String: String] {
        var spec = spec
        spec["containers"] = [container]
        let pod = try MachineWorld.pod(spec, metadata: ["labels": ["app": "x"]])
        let resolver = VariableResolver(
            pod: pod,
            addresses: [.v4(0x0a00_0005)],
            nodeName: "n",
            hostAddresses: [.v4(0xc000_020a)],
            environment: Cluster()
        )
        let pairs = try await resolver.variables(of: pod.containers[0])
        return Dictionary(pairs.map { ($0.name, $0.value) }) { $1 }
    }

    @Test(arguments: [
        ("$(A)-$(B)", "1-$(B)"), ("$$(A)", "$(A)"), ("$A $", "$A $"), ("$(A", "$(A"), ("", ""), ("$$$(A)", "$1"),
    ])
    func `variables are put in place of their names`(text: String, expected: String) {
        #expect(VariableExpansion.expand(text, ["A": "1"]) == expected)
    }

    @Test func `variables come from fields, resources and maps`() async throws {
        let values = try await variables([
            "name": "c", "resources": ["limits": ["cpu": "1500m", "memory": "64Mi"]],
            "envFrom": [["prefix": "S_", "configMapRef": ["name": "settings"]]],
            "env": [
                ["name": "APP", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['app']"]]],
                ["name": "CPU", "valueFrom": ["resourceFieldRef": ["resource": "limits.cpu"]]],
                [
                    "name": "MEMORY",
                    "valueFrom": ["resourceFieldRef": ["resource": "limits.memory", "divisor": "1Mi"]],
                ],
                ["name": "HOST", "valueFrom": ["fieldRef": ["fieldPath": "status.hostIP"]]],
                ["name": "MAYBE", "valueFrom": ["configMapKeyRef": ["name": "no", "key": "k", "optional": true]]],
                ["name": "ALL", "value": "$(APP)$(S_colour)"],
            ],
        ])
        #expect(values["APP"] == "x")
        #expect(values["CPU"] == "2")
        #expect(values["MEMORY"] == "64")
        #expect(values["HOST"] == "192.0.2.10")
        #expect(values["MAYBE"] == nil)
        #expect(values["ALL"] == "xblue")
        #expect(values["REDIS_SERVICE_HOST"] == "10.96.0.7")
    }

    @Test func `a pod without service links knows the API server only`() async throws {
        let values = try await variables(["name": "c"], spec: ["enableServiceLinks": false])
        #expect(values == ["KUBERNETES_SERVICE_HOST": "10.96.0.1"])
    }

    @Test func `what is missing refuses the container`() async {
        await #expect(throws: StartRefusal.self) {
            _ = try await variables(["name": "c", "envFrom": [["secretRef": ["name": "no"]]]])
        }
    }

    private func command(_ container: JSONValue) throws -> ContainerCommand {
        try ContainerCommand(ContainerSpecification(container, isInit: false), variables: [:])
    }

    @Test func `a command replaces the image's, arguments only its arguments`() throws {
        #expect(try command(["image": "trama.dev/echo:v1"]).builtIn == .echo)
        #expect(try command(["image": "trama.dev/echo", "args": ["80"]]).arguments == ["echo", "80"])
        let own = try command(["image": "trama.dev/echo", "command": ["sh"], "args": ["-c"]])
        #expect(own.builtIn == nil && own.arguments == ["sh", "-c"])
        #expect(try command(["image": "trama.dev/busybox@sha256:00"]).arguments == ["sh"])
        #expect(throws: StartRefusal.self) { try command(["image": "host"]) }
        #expect(throws: StartRefusal.self) { try command(["image": "registry.example:5000/nginx"]) }
    }

    @Test func `the resolver is told of the cluster by the pod's policy`() throws {
        let host = ResolverSettings(text: "nameserver 192.0.2.53\nsearch example.org\noptions timeout:1\n")
        func text(_ spec: JSONValue) throws -> String {
            ResolverSettings(
                of: try MachineWorld.pod(spec),
                clusterDNS: ["10.96.0.10"],
                clusterDomain: "cluster.local",
                host: host
            ).text
        }
        let own = "search example.org\nnameserver 192.0.2.53\noptions timeout:1\n"
        let cluster =
            "search ns.svc.cluster.local svc.cluster.local cluster.local example.org\n"
            + "nameserver 10.96.0.10\noptions ndots:5\n"
        #expect(try text([:]) == cluster)
        #expect(try text(["dnsPolicy": "Default"]) == own)
        #expect(try text(["hostNetwork": true]) == own)
        #expect(try text(["hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"]) == cluster)
        let config: JSONValue = [
            "dnsPolicy": "None",
            "dnsConfig": [
                "nameservers": ["192.0.2.1"], "options": [["name": "ndots", "value": "2"], ["name": "rotate"]],
            ],
        ]
        #expect(try text(config) == "nameserver 192.0.2.1\noptions ndots:2 rotate\n")
    }

    @Test func `a pod has a name, and a full one where it has a subdomain`() throws {
        let names = PodNames(
            of: try MachineWorld.pod(["hostname": "web", "subdomain": "peers"]),
            clusterDomain: "cluster.local"
        )
        #expect(names.hostName == "web")
        #expect(names.domainName == "web.peers.ns.svc.cluster.local")
        let full = try MachineWorld.pod(["subdomain": "peers", "setHostnameAsFQDN": true])
        #expect(PodNames(of: full, clusterDomain: "c").kernelName(of: full) == "p.peers.ns.svc.c")
    }

    @Test func `a plug-in gets the capabilities that it declares`() throws {
        let network = try CNINetwork(
            [
                "name": "n", "cniVersion": "1.0.0",
                "plugins": [["type": "bridge"], ["type": "portmap", "capabilities": ["portMappings": true]]],
            ],
            path: "x"
        )
        let pod = try MachineWorld.pod([
            "containers": [["name": "c", "ports": [["containerPort": 80, "hostPort": 8080], ["containerPort": 81]]]]
        ])
        let capabilities = CNINetwork.capabilities(of: pod)
        let first = network.input(of: network.plugins[0], previous: nil, capabilities: capabilities)
        #expect(first["runtimeConfig"] == nil)
        let second = network.input(of: network.plugins[1], previous: ["ips": []], capabilities: capabilities)
        #expect(second[path: "runtimeConfig", "portMappings"]?[0]?["hostPort"] == 8080)
        #expect(second[path: "runtimeConfig", "portMappings"]?.array?.count == 1)
        #expect(second["prevResult"] != nil && second["name"] == "n")
        #expect(throws: LauncherError.self) {
            try CNINetwork(["name": "n", "plugins": [["type": "../../sh"]]], path: "x")
        }
    }

    @Test func `the pod's addresses are those of its own interfaces`() {
        let result: JSONValue = [
            "interfaces": [["name": "pods0"], ["name": "eth0", "sandbox": "/run/netns/x"]],
            "ips": [
                ["address": "192.0.2.1/24", "interface": 0], ["address": "10.0.0.5/24", "interface": 1],
                ["address": "10.0.0.6/24", "interface": 1], ["address": "fd00::5/64", "interface": 1],
            ],
        ]
        #expect(CNICaller.addresses(in: result).map { "\($0)" } == ["10.0.0.5", "fd00::5"])
    }

    @Test func `a container that must not be root needs a user`() throws {
        let pod = try MachineWorld.pod(["securityContext": ["runAsNonRoot": true, "fsGroup": 7]])
        let bare = ContainerSpecification(["name": "c"], isInit: false)
        #expect(throws: StartRefusal.self) { try ContainerIdentity(of: bare, in: pod) }
        let named = ContainerSpecification(["name": "c", "securityContext": ["runAsUser": 5]], isInit: false)
        let identity = try ContainerIdentity(of: named, in: pod)
        #expect(identity.user == 5 && identity.supplementaryGroups == [7])
    }

    @Test(arguments: [
        ("net.core.somaxconn", nil), ("net/ipv4/conf/eth0.1/forwarding", nil), ("kernel.shm_rmid_forced", nil),
        ("kernel.sem", nil), ("kernel.msgmax", nil), ("fs.mqueue.msg_max", nil),
        ("vm.overcommit_memory", "vm.overcommit_memory"), ("kernel/core_pattern", "kernel.core_pattern"),
        ("net/../vm/swappiness", "net.//.vm.swappiness"), ("net", "net"), ("fs.file-max", "fs.file-max"),
        ("kernel.semantics", "kernel.semantics"), ("/vm/swappiness", ".vm.swappiness"),
    ])
    func `a pod that wants settings of the whole machine fails`(name: String, refused: String?) throws {
        var world = try MachineWorld([
            "containers": MachineWorld.containers("a"),
            "securityContext": ["sysctls": [["name": .string(name), "value": "1"]]],
        ])
        world.step()
        let status = world.status()
        #expect(status["reason"]?.string == refused.map { _ in "SysctlForbidden" })
        #expect(status["message"]?.string == refused.map { "forbidden sysctl: \"\($0)\" not allowlisted" })
        #expect(world.all.contains(.makeSandbox) == (refused == nil))
    }

    @Test func `a pod on the host's network has no settings of its own`() throws {
        var world = try MachineWorld([
            "containers": MachineWorld.containers("a"), "hostNetwork": true,
            "securityContext": ["sysctls": [["name": "net.core.somaxconn", "value": "1"]]],
        ])
        world.step()
        #expect(world.status()["reason"] == "SysctlForbidden")
        #expect(world.status()["phase"] == "Failed")
    }

    @Test func `an echo of a pod's status is no news for the disk`() throws {
        let first = try MachineWorld.pod([:], metadata: ["resourceVersion": "1"], status: ["phase": "Pending"])
        let second = try MachineWorld.pod([:], metadata: ["resourceVersion": "2"], status: ["phase": "Running"])
        #expect(first.lasting == second.lasting)
        let deleted = try MachineWorld.pod([:], metadata: ["deletionTimestamp": "2027-01-01T00:00:00Z"])
        #expect(first.lasting != deleted.lasting)
    }

    @Test func `what the launcher is told survives the file`() throws {
        let specification = LaunchSpecification(
            networkNamespace: "/n",
            utsNamespace: "/u",
            hasOwnProcesses: false,
            cgroup: "/c",
            rootFolder: "/r",
            hasReadOnlyRoot: true,
            mounts: [.init(source: "/a", target: "/b", isReadOnly: true)],
            builtIn: .echo,
            program: .init(
                arguments: ["x"],
                environment: ["A=B"],
                workingFolder: "/w",
                user: 1,
                group: 2,
                supplementaryGroups: [3]
            ),
            logPath: "/l",
            runPath: "/run",
            exitPath: "/exit",
            outOfMemoryScore: 5
        )
        let bytes = specification.json.json
        #expect(try LaunchSpecification(json: JSONValue(json: bytes)) == specification)
        let record = ExitRecord(
            exitCode: 3,
            startError: "no",
            startedAt: .init(seconds: 1, nanoseconds: 2),
            finishedAt: .init(seconds: 3, nanoseconds: 4)
        )
        #expect(ExitRecord(json: try JSONValue(json: record.json.json)) == record)
    }

    @Test func `mounts of the kernel are not taken over`() {
        let table = """
            20 1 0:5 / / rw - ext4 /dev/vda rw
            21 20 0:6 / /proc rw - proc proc rw
            22 20 8:1 / /data\\040x rw shared:1 - ext4 /dev/vdb rw
            23 20 0:7 / /run/netns/a rw - nsfs nsfs rw
            24 20 8:2 / /tmp/y rw - ext4 /dev/vdc rw
            """
        #expect(MountTable.parse(table) == ["/data x"])
    }

    @Test func `the answer of a health check is found in its frames`() {
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        let data: [UInt8] = [0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 8, 1]
        let trailers: [UInt8] = [0, 0, 0, 1, 5, 0, 0, 0, 1]
        #expect(ProbeConnection.healthAnswer(in: settings) == nil)
        #expect(ProbeConnection.healthAnswer(in: settings + data + trailers) == .status(1))
        #expect(ProbeConnection.healthAnswer(in: settings + data.dropLast()) == nil)
        #expect(ProbeConnection.healthAnswer(in: settings + trailers) == .refused)
    }
}
