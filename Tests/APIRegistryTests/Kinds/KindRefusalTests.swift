import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// Objects are refused for upstream's reasons, in its words.
@Suite("Refusals of kinds")
struct KindRefusalTests {
    private func causes(_ name: String) throws -> [[String]] {
        (try Captured(name).body["details"]?["causes"]?.array ?? []).map { cause in
            ["field", "reason", "message"].map { cause[$0]?.string ?? "" }
        }
    }

    private func causes(_ object: JSONValue, _ kind: KindDefinition) -> [[String]] {
        let object = KindSamples.created(object, kind)
        return (kind.strategy.validate(object) + kind.strategy.validateCreate(object)).map { error in
            [error.cause.field, error.cause.reason, error.cause.message]
        }
    }

    @Test("captured refusals come again, cause by cause")
    func captured() throws {
        let badPorts: JSONValue = [
            "metadata": ["name": "bad"], "spec": ["clusterIP": "10.96.0.9", "ports": [["port": 70_000], ["port": 0]]],
        ]
        #expect(try causes(badPorts, .service) == causes("invalid-service-port"))
        #expect(try causes(["spec": [:]], .service) == causes("invalid-no-ports"))
        #expect(try causes(["metadata": ["name": "bad"], "spec": ["containers": []]], .pod) == causes("invalid-pod"))
        let slice: JSONValue = [
            "addressType": "IPv4", "endpoints": [["addresses": ["10.0.0.999"]], ["addresses": ["127.0.0.1"]]],
        ]
        #expect(try causes(slice, .endpointSlice) == causes("invalid-slice"))
    }

    @Test("a ClusterIP does not change")
    func clusterAddress() throws {
        let stored = try #require(try KindSamples.stored(.service, "web"))
        let changed = stored.with("spec", "clusterIP", value: "10.96.0.77")
        let causes = try causes("immutable-clusterip")
        #expect(
            KindSamples.problems(changed, old: stored, .service) == causes.map { "\($0[0]): \($0[2])" }
        )
    }

    @Test("a Service's fields fit its type")
    func services() {
        func problems(_ spec: JSONValue) -> [String] { KindSamples.problems(["spec": spec], .service) }
        let ports: JSONValue = [["port": 80]]
        #expect(problems(["type": "ExternalName"]) == ["spec.externalName: Required value"])
        #expect(problems(["type": "ExternalName", "externalName": "db.example."]) == [])
        #expect(
            problems(["ports": ports, "clusterIP": "None", "type": "NodePort"]) == [
                #"spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services"#
            ]
        )
        #expect(
            problems(["ports": [["port": 80, "nodePort": 30_000]]]) == [
                "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"
            ]
        )
        #expect(
            problems(["ports": ports, "type": "Nope"]) == [
                #"spec.type: Unsupported value: "Nope": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort""#
            ]
        )
        #expect(
            problems(["ports": ports, "externalTrafficPolicy": "Local"]) == [
                #"spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services"#
            ]
        )
        #expect(
            problems(["ports": ports, "loadBalancerSourceRanges": ["10.0.0.0/33"]]) == [
                "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
                #"spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"#,
            ]
        )
        #expect(
            problems([
                "ports": ports, "sessionAffinity": "ClientIP",
                "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 0]],
            ]) == [
                "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400"
            ]
        )
        #expect(
            problems(["ports": [["port": 80, "name": "a"], ["port": 80, "name": "a"]]]) == [
                #"spec.ports[1].name: Duplicate value: "a""#,
                #"spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}"#,
            ]
        )
        #expect(
            problems(["ports": ports, "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "10.0.0.2"]]) == [
                #"spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family"#
            ]
        )
    }

    @Test("what a Service's type no longer demands goes by itself")
    func serviceType() throws {
        let stored = try #require(try KindSamples.stored(.service, "web"))
        var changed = stored.with("spec", "type", value: "ClusterIP").with(
            "spec",
            "loadBalancerSourceRanges",
            value: nil
        )
        KindDefinition.service.strategy.setDefaults(&changed, old: stored)
        KindDefinition.service.strategy.prepareForUpdate(&changed, old: stored, subresource: nil)
        #expect(KindDefinition.service.strategy.validate(changed) == [])
        #expect(changed["spec"]?["ports"]?[0]?["nodePort"] == nil)
        for name in ["healthCheckNodePort", "allocateLoadBalancerNodePorts", "externalTrafficPolicy"] {
            #expect(changed["spec"]?[name] == nil)
        }
        let alias = stored.with("spec", "type", value: "ExternalName").with("spec", "externalName", value: "a.example")
            .with("spec", "loadBalancerSourceRanges", value: nil)
        #expect(KindSamples.problems(alias, old: stored, .service) == [])
    }

    @Test("a client that leaves out what was allocated keeps it")
    func keptAllocations() throws {
        let stored = try #require(try KindSamples.stored(.service, "web"))
        var sent = try #require(try KindSamples.sent().first { $0["metadata"]?["name"] == "web" })
        KindDefinition.service.strategy.setDefaults(&sent, old: stored)
        KindDefinition.service.strategy.prepareForUpdate(&sent, old: stored, subresource: nil)
        #expect(sent["spec"] == stored["spec"])
    }

    @Test("a status changes nothing else, and nothing else a status", arguments: KindRegistry.standard.kinds)
    func isolation(kind: KindDefinition) {
        guard kind.subresources.contains(.status) else { return }
        let old: JSONValue = ["spec": ["a": 1], "status": ["b": 1]]
        let new: JSONValue = ["spec": ["a": 2], "status": ["b": 2]]
        var object = new
        kind.strategy.prepareForUpdate(&object, old: old, subresource: nil)
        #expect(object["status"]?["b"] == 1)
        object = new
        kind.strategy.prepareForUpdate(&object, old: old, subresource: .status)
        #expect(object["spec"]?["a"] == 1)
        #expect(object["status"]?["b"] == 2)
    }

    @Test("nearly nothing of a pod changes")
    func pods() throws {
        let pod = KindSamples.created(KindSamples.richPod, .pod)
        func problems(_ change: (inout JSONValue) -> Void) -> [String] {
            var changed = pod
            changed.mutateMember("spec", change)
            return KindSamples.problems(changed, old: pod, .pod)
        }
        #expect(problems { $0.mutateElements(of: "containers") { $0["image"] = "other:1" } } == [])
        #expect(problems { $0["activeDeadlineSeconds"] = 10 } == [])
        #expect(
            problems { $0["hostNetwork"] = nil }.map { $0.prefix(44) } == [
                "spec: Forbidden: pod updates may not change "
            ]
        )
        #expect(
            problems { $0["containers"] = [] }.contains(
                "spec.containers: Forbidden: pod updates may not add or remove containers"
            )
        )
        #expect(
            problems { spec in
                spec["tolerations"] = .array((spec["tolerations"]?.array ?? []) + [["key": "a", "operator": "Exists"]])
            } == []
        )
        #expect(
            problems { $0["tolerations"] = nil } == [
                "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
            ]
        )
        #expect(
            problems { $0["schedulingGates"] = [["name": "a.example/b"]] } == [
                "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.example/b'"
            ]
        )
        #expect(problems { $0["nodeName"] = "n0" }.map { $0.hasSuffix("changed: nodeName") } == [true])
        var bound = pod
        bound["spec"]?["nodeName"] = "n0"
        #expect(KindSamples.problems(bound, old: pod, .pod, .binding) == [])
    }

    @Test("containers are told what is wrong with them")
    func containers() {
        func problems(_ container: JSONValue, _ spec: JSONValue = [:]) -> [String] {
            var spec = spec
            spec["containers"] = [container]
            return KindSamples.problems(["spec": spec], .pod)
        }
        let good: JSONValue = ["name": "c", "image": "x"]
        #expect(problems(good) == [])
        #expect(problems(["name": "A"]).count == 2)
        #expect(
            problems(good.with("image", value: " x")) == [
                #"spec.containers[0].image: Invalid value: " x": must not have leading or trailing whitespace"#
            ]
        )
        #expect(
            problems(good.with("ports", value: [["containerPort": 70_000, "protocol": "tcp"]])) == [
                "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                #"spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP""#,
            ]
        )
        #expect(
            problems(good.with("resources", value: ["limits": ["cpu": "1"], "requests": ["cpu": "2"]])) == [
                #"spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1"#
            ]
        )
        #expect(problems(good.with("resources", value: ["limits": ["cpu": "-1"]])).count == 2)
        #expect(
            problems(good.with("livenessProbe", value: ["failureThreshold": -1])) == [
                "spec.containers[0].livenessProbe: Required value: must specify a handler type",
                "spec.containers[0].livenessProbe.failureThreshold: Invalid value: -1: must be greater than or equal to 0",
            ]
        )
        #expect(
            problems(good.with("volumeMounts", value: [["name": "v", "mountPath": "/v"]])) == [
                #"spec.containers[0].volumeMounts[0].name: Not found: "v""#
            ]
        )
        #expect(problems(good.with("env", value: [["name": "A=", "valueFrom": [:]]])).count == 2)
        #expect(
            problems(good, ["restartPolicy": "Sometimes"]) == [
                #"spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never""#
            ]
        )
        #expect(
            problems(good, ["dnsPolicy": "None"]) == [
                "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"
            ]
        )
        #expect(
            problems(good, ["volumes": [["name": "v", "secret": [:], "emptyDir": [:]]]]) == [
                "spec.volumes[0].emptyDir: Forbidden: may not specify more than 1 volume type",
                "spec.volumes[0].secret.secretName: Required value",
            ]
        )
        #expect(
            problems(good, ["tolerations": [["effect": "Nope"]]]) == [
                #"spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys""#,
                #"spec.tolerations[0].effect: Unsupported value: "Nope": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute""#,
            ]
        )
        #expect(problems(good, ["initContainers": [good]]) == [#"spec.initContainers[0].name: Duplicate value: "c""#])
        #expect(problems(good, ["priorityClassName": "mine"]).count == 1)
    }

    @Test("a Deployment's selector finds its pods, and stays")
    func deployments() throws {
        let stored = try #require(try KindSamples.stored(.deployment, "d"))
        let other = stored.with("spec", "selector", "matchLabels", value: ["app": "e"])
        #expect(
            KindSamples.problems(other, old: stored, .deployment) == [
                #"spec.selector: Invalid value: {"matchLabels":{"app":"e"}}: field is immutable"#,
                #"spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`"#,
            ]
        )
        func problems(_ name: String..., value: JSONValue?) -> [String] {
            KindSamples.problems(stored.with("spec", name[0], value: value), .deployment)
        }
        #expect(problems("selector", value: nil) == ["spec.selector: Required value"])
        #expect(
            problems("selector", value: [:]) == [
                "spec.selector: Invalid value: {}: empty selector is invalid for deployment"
            ]
        )
        #expect(
            problems("replicas", value: -1) == [
                "spec.replicas: Invalid value: -1: must be greater than or equal to 0"
            ]
        )
        #expect(
            problems("strategy", value: ["rollingUpdate": ["maxUnavailable": 0, "maxSurge": "0%"]]) == [
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"
            ]
        )
        #expect(
            problems("progressDeadlineSeconds", value: 0) == [
                "spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds"
            ]
        )
        #expect(
            KindDefinition.deployment.strategy.changesGeneration(stored.with("spec", "replicas", value: 3), old: stored)
        )
        #expect(
            !KindDefinition.deployment.strategy.changesGeneration(
                stored.with("status", "replicas", value: 3),
                old: stored
            )
        )
    }

    @Test("what is immutable stays as it is")
    func immutable() throws {
        let map: JSONValue = ["immutable": true, "data": ["a": "b"]]
        #expect(
            KindSamples.problems(map.with("data", "a", value: "c"), old: map, .configMap) == [
                "data: Forbidden: field is immutable when `immutable` is set"
            ]
        )
        #expect(
            KindSamples.problems(["data": ["a": "b"]], old: map, .configMap) == [
                "immutable: Forbidden: field is immutable when `immutable` is set"
            ]
        )
        let secret: JSONValue = ["type": "kubernetes.io/tls", "data": ["tls.crt": "", "tls.key": ""]]
        #expect(
            KindSamples.problems(secret.with("type", value: "Opaque"), old: secret, .secret) == [
                #"type: Invalid value: "Opaque": field is immutable"#
            ]
        )
        let binding = KindSamples.created(["roleRef": ["kind": "Role", "name": "a"]], .roleBinding)
        #expect(
            KindSamples.problems(binding.with("roleRef", "name", value: "b"), old: binding, .roleBinding).map {
                $0.hasSuffix("cannot change roleRef")
            } == [true]
        )
        let slice = try #require(try KindSamples.stored(.endpointSlice, "web-abc"))
        #expect(
            KindSamples.problems(slice.with("addressType", value: "IPv6"), old: slice, .endpointSlice).first
                == #"addressType: Invalid value: "IPv6": field is immutable"#
        )
        let address = try #require(try KindSamples.stored(.ipAddress, "10.96.0.1"))
        #expect(
            KindSamples.problems(address.with("spec", "parentRef", "name", value: "x"), old: address, .ipAddress).count
                == 1
        )
        let range = try #require(try KindSamples.stored(.serviceCIDR, "kubernetes"))
        #expect(
            KindSamples.problems(
                range.with("spec", "cidrs", value: ["10.96.0.0/16", "fd00::/112"]),
                old: range,
                .serviceCIDR
            ) == []
        )
        #expect(
            KindSamples.problems(range.with("spec", "cidrs", value: ["10.97.0.0/16"]), old: range, .serviceCIDR) == [
                #"spec.cidrs[0]: Invalid value: "10.97.0.0/16": field is immutable"#
            ]
        )
        let node = KindSamples.created(["spec": ["podCIDR": "10.244.0.0/24"]], .node)
        #expect(node["spec"]?["podCIDRs"] == ["10.244.0.0/24"])
        #expect(
            KindSamples.problems(node.with("spec", "podCIDRs", value: ["10.244.1.0/24"]), old: node, .node) == [
                #"spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid"#
            ]
        )
    }

    @Test("roles say what they are about")
    func roles() {
        #expect(
            KindSamples.problems(["rules": [["verbs": ["get"], "nonResourceURLs": ["/x"]]]], .role) == [
                #"rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs"#
            ]
        )
        #expect(KindSamples.problems(["rules": [["verbs": ["get"], "nonResourceURLs": ["/x"]]]], .clusterRole) == [])
        #expect(
            KindSamples.problems(["rules": [[:]]], .clusterRole) == [
                "rules[0].verbs: Required value: verbs must contain at least one value",
                "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
                "rules[0].resources: Required value: resource rules must supply at least one resource",
            ]
        )
        #expect(
            KindSamples.problems(
                ["roleRef": ["kind": "Role", "name": "r"], "subjects": [["kind": "ServiceAccount", "name": "a"]]],
                .clusterRoleBinding
            ) == [
                #"roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole""#,
                "subjects[0].namespace: Required value",
            ]
        )
    }

    @Test("a NetworkPolicy's peers are one thing each")
    func networkPolicies() {
        func problems(_ peer: JSONValue) -> [String] {
            KindSamples.problems(["spec": ["ingress": [["from": [peer]]]]], .networkPolicy)
        }
        #expect(problems([:]) == ["spec.ingress[0].from[0]: Required value: must specify a peer"])
        #expect(
            problems(["ipBlock": ["cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]]]) == [
                #"spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`"#
            ]
        )
        #expect(
            problems(["podSelector": [:], "ipBlock": ["cidr": "::/0"]]) == [
                "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer"
            ]
        )
    }

    @Test("events of the newer group tell more, and are the same objects")
    func events() {
        let new: JSONValue = [
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "e", "namespace": "default"],
            "eventTime": "2026-11-21T10:00:00.000000Z", "reportingController": "a.example/b", "reportingInstance": "i",
            "action": "Act", "reason": "Because", "type": "Normal", "note": "n",
            "regarding": ["kind": "Node", "name": "n"],
        ]
        let conversion = KindDefinition.groupEvent.conversion
        let core = conversion?.toStored(new)
        #expect(core?["involvedObject"]?["kind"] == "Node")
        #expect(core?["message"] == "n")
        #expect(core?["apiVersion"] == "v1")
        #expect(core.map { conversion?.fromStored($0) } == new)
        #expect(core.map { KindSamples.problems($0, .groupEvent) } == [])
        #expect(core.map { KindSamples.problems($0.without("eventTime"), .event) } == [])
        #expect(
            core.map { KindSamples.problems($0.without("eventTime"), .groupEvent) } == ["eventTime: Required value"]
        )
        #expect(core.map { KindDefinition.groupEvent.selectableFields["regarding.name"]?($0) } == "n")
    }
}
