import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// What is filled in is what a real API server filled in.
@Suite("Defaults of kinds")
struct KindDefaultsTests {
    @Test("what an API server stored is complete, good, and no change to itself")
    func stored() throws {
        for (kind, object) in try KindSamples.stored() {
            let name = "\(kind.resource.kind) \(object["metadata"]?["name"]?.string ?? "")"
            var filled = object
            kind.strategy.setDefaults(&filled, old: nil)
            #expect(filled == object, "\(name)")
            #expect(kind.strategy.validate(object) == [], "\(name)")
            #expect(KindSamples.problems(object, old: object, kind) == [], "\(name)")
            #expect(!kind.strategy.changesGeneration(filled, old: object), "\(name)")
            var prepared = object
            kind.strategy.prepareForUpdate(&prepared, old: object, subresource: nil)
            #expect(prepared == object, "\(name)")
        }
    }

    @Test("a Service that is created is what an API server stored, but for what is allocated")
    func services() throws {
        for sent in try KindSamples.sent() where sent["kind"] == "Service" {
            let name = try #require(sent["metadata"]?["name"]?.string)
            let stored = try #require(try KindSamples.stored(.service, name))
            let created = KindSamples.created(sent, .service)
            func comparable(_ object: JSONValue) -> JSONValue? {
                var spec = object["spec"]?.without(
                    "clusterIP",
                    "clusterIPs",
                    "ipFamilies",
                    "ipFamilyPolicy",
                    "healthCheckNodePort"
                )
                spec?.mutateElements(of: "ports") { $0.removeMember("nodePort") }
                return spec
            }
            #expect(comparable(created) == comparable(stored), "\(name)")
            #expect(created["status"] == stored["status"])
        }
        let headless = try KindSamples.sent().filter { $0["metadata"]?["name"] == "headless" }
        #expect(headless.map { KindSamples.created($0, .service)["spec"]?["clusterIPs"] } == [["None"]])
    }

    @Test(
        "a pod, a Deployment and an EndpointSlice that are created are what an API server stored",
        arguments: [
            ("Pod", KindDefinition.pod, "pod"), ("Deployment", .deployment, "deployment"),
            ("EndpointSlice", .endpointSlice, "endpointslices"),
        ]
    )
    func objects(kindName: String, kind: KindDefinition, file: String) throws {
        let sent = try #require(try KindSamples.sent().first { $0["kind"]?.string == kindName })
        let name = try #require(sent["metadata"]?["name"]?.string)
        let stored = try #require(try KindSamples.stored(kind, name))
        let created = KindSamples.created(sent, kind)
        for member in ["spec", "status", "addressType", "endpoints", "ports"] {
            #expect(created[member] == stored[member], "\(kindName) \(member)")
        }
        #expect(kind.strategy.hasGeneration == (stored["metadata"]?["generation"] != nil))
    }

    @Test("a Node that is created is not ready")
    func node() throws {
        let sent = try #require(try KindSamples.sent().first { $0["kind"] == "Node" })
        let stored = try #require(try KindSamples.stored(.node, "n0"))
        let created = KindSamples.created(sent, .node)
        #expect(created["spec"] == stored["spec"]?.without("unschedulable"))
        #expect(created["status"] == stored["status"]?.without("addresses"))
    }

    @Test("a namespace has its label, its finalizer, and is active")
    func namespace() throws {
        let stored = try #require(try KindSamples.stored(.namespace, "default"))
        let created = KindSamples.created(["metadata": ["name": "default"]], .namespace)
        #expect(created["metadata"]?["labels"] == stored["metadata"]?["labels"])
        #expect(created["spec"] == stored["spec"])
        #expect(created["status"] == stored["status"])
    }

    @Test("a pod is filled in throughout")
    func richPod() throws {
        let pod = KindSamples.created(KindSamples.richPod, .pod)
        let spec = try #require(pod["spec"])
        let container = try #require(spec["containers"]?[0])
        #expect(container["imagePullPolicy"] == "IfNotPresent")
        #expect(container["tty"] == nil)
        #expect(container["ports"] == [["containerPort": 80, "name": "http", "protocol": "TCP", "hostPort": 80]])
        #expect(
            container["resources"] == [
                "limits": ["cpu": "500m", "memory": "1Gi"], "requests": ["cpu": "250m", "memory": "1Gi"],
            ]
        )
        #expect(
            container["livenessProbe"] == [
                "httpGet": ["port": "http", "path": "/", "scheme": "HTTP"], "timeoutSeconds": 1, "periodSeconds": 10,
                "successThreshold": 1, "failureThreshold": 3,
            ]
        )
        #expect(container["readinessProbe"]?["periodSeconds"] == 5)
        #expect(container["env"]?[0] == ["name": "A"])
        #expect(container["env"]?[1]?["valueFrom"]?["fieldRef"]?["apiVersion"] == "v1")
        #expect(container["volumeMounts"] == [["name": "a", "mountPath": "/a"]])
        #expect(spec["volumes"]?[0] == ["name": "a", "emptyDir": [:]])
        #expect(spec["volumes"]?[1]?["secret"]?["defaultMode"] == 420)
        #expect(spec["volumes"]?[2]?["hostPath"] == ["path": "/var", "type": ""])
        #expect(
            spec["volumes"]?[3]?["projected"]?["sources"]?[0]?["serviceAccountToken"]?["expirationSeconds"] == 3_600
        )
        #expect(spec["serviceAccountName"] == "robot")
        #expect(spec["priority"] == 2_000_001_000)
        #expect(
            spec["tolerations"]?.array?.compactMap { $0["key"]?.string } == [
                "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable",
            ]
        )
        #expect(pod["status"] == ["phase": "Pending", "qosClass": "Burstable"])
        #expect(KindSamples.problems(KindSamples.richPod, .pod) == [])
    }

    @Test(
        "an image is looked up each time where its tag is latest",
        arguments: [
            ("x", "Always"), ("x:latest", "Always"), ("x:1", "IfNotPresent"), ("r:5000/x", "Always"),
            ("r:5000/x:2", "IfNotPresent"), ("x@sha256:0", "IfNotPresent"), ("", "Always"),
        ]
    )
    func pullPolicy(image: String, policy: String) { #expect(ImageReference.pullPolicy(image) == policy) }

    @Test("text given to a Secret becomes data")
    func secret() {
        let secret = KindSamples.created(["stringData": ["a": "b", "c": ""], "data": ["d": "ZQ=="]], .secret)
        #expect(secret == ["type": "Opaque", "data": ["d": "ZQ==", "a": "Yg==", "c": ""]])
    }

    @Test("a binding's role and subjects belong to RBAC's group")
    func binding() {
        let binding = KindSamples.created(
            [
                "roleRef": ["kind": "Role", "name": "r"],
                "subjects": [["kind": "User", "name": "u"], ["kind": "ServiceAccount"]],
            ],
            .roleBinding
        )
        #expect(binding["roleRef"]?["apiGroup"] == "rbac.authorization.k8s.io")
        #expect(binding["subjects"]?[0]?["apiGroup"] == "rbac.authorization.k8s.io")
        #expect(binding["subjects"]?[1]?["apiGroup"] == nil)
    }

    @Test("a NetworkPolicy is about what it has rules for")
    func networkPolicy() {
        let types = { (spec: JSONValue) in KindSamples.created(["spec": spec], .networkPolicy)["spec"]?["policyTypes"] }
        #expect(types([:]) == ["Ingress"])
        #expect(types(["egress": [[:]]]) == ["Ingress", "Egress"])
        #expect(types(["policyTypes": ["Egress"]]) == ["Egress"])
    }

    @Test("filling in twice is filling in once")
    func idempotence() throws {
        for (kind, sent) in try KindSamples.stored() + [(.pod, KindSamples.richPod)] {
            var once = sent
            kind.strategy.setDefaults(&once, old: nil)
            var twice = once
            kind.strategy.setDefaults(&twice, old: nil)
            #expect(once == twice)
        }
    }
}
