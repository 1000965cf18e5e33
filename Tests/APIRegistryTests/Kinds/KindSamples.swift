import JSON
import KubernetesAPI

@testable import APIRegistry

/// Objects as kube-apiserver 1.36.2 stored them, by their kinds.
enum KindSamples {
    static func stored() throws -> [(kind: KindDefinition, object: JSONValue)] {
        func list(_ name: String) throws -> [JSONValue] { try Captured(name).body["items"]?.array ?? [] }
        var samples: [(KindDefinition, JSONValue)] = []
        samples += try list("services").map { (.service, $0) }
        samples += try list("endpointslices").map { (.endpointSlice, $0) }
        samples += try list("ipaddresses").map { (.ipAddress, $0) }
        samples += try list("servicecidrs").map { (.serviceCIDR, $0) }
        samples.append((.pod, try Captured("pod").body))
        samples.append((.deployment, try Captured("deployment").body))
        samples.append((.node, try Captured("node").body))
        samples.append((.namespace, try Captured("namespace").body))
        samples.append((.endpoints, try Captured("endpoints-web").body))
        return samples
    }

    /// What was sent to be stored, in the order of the file.
    static func sent() throws -> [JSONValue] {
        try Captured.json("objects").array ?? []
    }

    /// One object of that kind and name among those that were stored.
    static func stored(_ kind: KindDefinition, _ name: String) throws -> JSONValue? {
        try stored().first { $0.kind.resource == kind.resource && $0.object["metadata"]?["name"]?.string == name }?
            .object
    }

    /// An object as it is when it is created, but for what is allocated and who it is.
    static func created(_ object: JSONValue, _ kind: KindDefinition) -> JSONValue {
        var object = object
        kind.strategy.setDefaults(&object, old: nil)
        kind.strategy.prepareForCreate(&object)
        return object
    }

    /// What is wrong with a new object, as `field: message`.
    static func problems(_ object: JSONValue, _ kind: KindDefinition) -> [String] {
        let object = created(object, kind)
        return text(kind.strategy.validate(object) + kind.strategy.validateCreate(object))
    }

    /// What is wrong with a change, as `field: message`.
    static func problems(
        _ object: JSONValue,
        old: JSONValue,
        _ kind: KindDefinition,
        _ subresource: Subresource? = nil
    ) -> [String] {
        var object = object
        kind.strategy.setDefaults(&object, old: old)
        kind.strategy.prepareForUpdate(&object, old: old, subresource: subresource)
        return text(
            kind.strategy.validateUpdate(object, old: old, subresource: subresource) + kind.strategy.validate(object)
        )
    }

    private static func text(_ errors: [FieldError]) -> [String] { errors.map { "\($0.field): \($0.message)" } }

    /// A pod with much in it.
    static let richPod: JSONValue = [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": ["name": "rich", "namespace": "default", "labels": ["app": "rich"]],
        "spec": [
            "hostNetwork": true, "priorityClassName": "system-node-critical", "serviceAccount": "robot",
            "nodeSelector": ["disk": "fast"],
            "volumes": [
                ["name": "a"], ["name": "b", "secret": ["secretName": "s", "items": [["key": "k", "path": "p"]]]],
                ["name": "c", "hostPath": ["path": "/var"]],
                [
                    "name": "d",
                    "projected": [
                        "sources": [
                            ["serviceAccountToken": ["path": "token"]],
                            ["downwardAPI": ["items": [["path": "l", "fieldRef": ["fieldPath": "metadata.labels"]]]]],
                        ]
                    ],
                ],
            ],
            "initContainers": [["name": "before", "image": "busybox:1.36", "restartPolicy": "Always"]],
            "containers": [
                [
                    "name": "main", "image": "registry.example:5000/web@sha256:0123", "tty": false,
                    "env": [
                        ["name": "A", "value": ""],
                        ["name": "B", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
                    ],
                    "ports": [["containerPort": 80, "name": "http"]],
                    "resources": ["limits": ["cpu": "0.5", "memory": "1024Mi"], "requests": ["cpu": "250m"]],
                    "livenessProbe": ["httpGet": ["port": "http"]],
                    "readinessProbe": ["tcpSocket": ["port": 80], "periodSeconds": 5],
                    "lifecycle": ["preStop": ["exec": ["command": ["true"]]]],
                    "volumeMounts": [["name": "a", "mountPath": "/a", "readOnly": false]],
                    "securityContext": ["runAsUser": 1_000, "seccompProfile": ["type": "RuntimeDefault"]],
                ]
            ],
            "affinity": [
                "nodeAffinity": [
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        "nodeSelectorTerms": [["matchExpressions": [["key": "z", "operator": "In", "values": ["1"]]]]]
                    ]
                ],
                "podAntiAffinity": [
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        [
                            "weight": 1,
                            "podAffinityTerm": [
                                "topologyKey": "zone", "labelSelector": ["matchLabels": ["app": "rich"]],
                            ],
                        ]
                    ]
                ],
            ],
            "topologySpreadConstraints": [
                [
                    "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": ["matchExpressions": [["key": "app", "operator": "Exists"]]],
                ]
            ],
            "tolerations": [["key": "node.kubernetes.io/not-ready", "operator": "Exists"]],
            "dnsConfig": ["nameservers": ["10.96.0.10"], "searches": ["svc.cluster.local"]],
            "hostAliases": [["ip": "127.0.0.1", "hostnames": ["me"]]],
        ],
    ]
}

extension JSONValue {
    /// Without these members.
    func without(_ names: String...) -> JSONValue {
        var value = self
        for name in names { value[name] = nil }
        return value
    }

    /// With a member changed.
    func with(_ names: String..., value: JSONValue?) -> JSONValue {
        func set(_ object: JSONValue, _ names: ArraySlice<String>) -> JSONValue {
            guard let first = names.first else { return object }
            var object = object
            object[first] = names.count == 1 ? value : set(object[first] ?? [:], names.dropFirst())
            return object
        }
        return set(self, names[...])
    }
}
