import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// What pods get from their ServiceAccount and their node.
@Suite("Admission of pods")
struct PodAdmissionTests {
    private let pod: JSONValue = [
        "spec": ["containers": [["name": "a", "image": "x"]], "initContainers": [["name": "b", "image": "x"]]]
    ]

    @Test("a pod has a token in each container, and is good with it")
    func token() {
        var given = KindSamples.created(pod, .pod)
        PodAdmission.give(serviceAccount: ["imagePullSecrets": [["name": "s"]]], to: &given, suffix: "abcde")
        let spec = given["spec"]
        #expect(spec?["serviceAccountName"] == "default")
        #expect(spec?["imagePullSecrets"] == [["name": "s"]])
        #expect(spec?["volumes"]?[0]?["name"] == "kube-api-access-abcde")
        for list in ["containers", "initContainers"] {
            #expect(
                spec?[list]?[0]?["volumeMounts"]?[0]?["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"
            )
        }
        #expect(KindDefinition.pod.strategy.validate(given) == [])
        var filled = given
        KindDefinition.pod.strategy.setDefaults(&filled, old: nil)
        #expect(filled == given)
        PodAdmission.give(serviceAccount: [:], to: &filled, suffix: "fghij")
        #expect(filled == given)
    }

    @Test("a pod or its account may decline the token; the pod's word counts more")
    func declined() {
        for (pods, accounts, isMounted) in [(nil, false, false), (true, false, true), (false, true, false)]
            as [(Bool?, Bool, Bool)]
        {
            var given = pod.with("spec", "automountServiceAccountToken", value: pods.map { .bool($0) })
            PodAdmission.give(
                serviceAccount: ["automountServiceAccountToken": .bool(accounts)],
                to: &given,
                suffix: "a"
            )
            #expect((given["spec"]?["volumes"] != nil) == isMounted)
            #expect(given["spec"]?["serviceAccountName"] == "default")
        }
    }

    @Test("a pod that a node runs by itself has no account")
    func mirror() {
        let mirror = pod.with("metadata", "annotations", value: ["kubernetes.io/config.mirror": "x"])
        var given = mirror
        PodAdmission.give(serviceAccount: [:], to: &given, suffix: "a")
        #expect(given == mirror)
    }

    @Test("a pod is told where its node is")
    func topology() {
        var given = pod
        let node: JSONValue = ["metadata": ["labels": ["topology.kubernetes.io/zone": "z1", "other": "x"]]]
        PodAdmission.giveTopology(of: node, to: &given)
        #expect(given["metadata"] == ["labels": ["topology.kubernetes.io/zone": "z1"]])
    }

    @Test("neither traps on anything")
    func anything() {
        for odd in [.null, [], [:], "", ["spec": []], ["spec": ["containers": [1, []], "volumes": [1]]]] as [JSONValue]
        {
            for other in [.null, [], ["metadata": ["labels": 1]], ["imagePullSecrets": 1]] as [JSONValue] {
                var given = odd
                PodAdmission.give(serviceAccount: other, to: &given, suffix: "")
                PodAdmission.giveTopology(of: other, to: &given)
            }
        }
    }
}
