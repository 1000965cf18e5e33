import Controllers
import JSON
import KubernetesAPI
import Testing

@Suite("Namespaces that are to go")
struct NamespaceContentTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let namespace: JSONValue = [
        "metadata": ["name": "a"], "spec": ["finalizers": ["kubernetes", "mine"]], "status": ["phase": "Terminating"],
    ]

    private func conditions(_ namespace: JSONValue?) -> [String: JSONValue] {
        var conditions: [String: JSONValue] = [:]
        for condition in namespace?[path: "status", "conditions"]?.array ?? [] {
            conditions[condition["type"]?.string ?? ""] = condition
        }
        return conditions
    }

    @Test("The status says what is left, and which finalizers keep it")
    func remaining() throws {
        var content = NamespaceContent()
        content.add(Pod.resource, [])
        #expect(content.isEmpty)
        let kept = PartialMetadata(metadata: ObjectMeta(name: "x"), finalizers: ["example.com/keep"])
        content.add(DeploymentKind.resource, [kept, PartialMetadata(metadata: ObjectMeta(name: "y"))])
        #expect(!content.isEmpty)
        let updated = try #require(content.updated(namespace, now: now))
        let conditions = conditions(updated)
        #expect(conditions.count == 5)
        #expect(conditions["NamespaceContentRemaining"]?["status"] == "True")
        #expect(
            conditions["NamespaceContentRemaining"]?["message"]
                == "Some resources are remaining: deployments.apps has 2 resource instances"
        )
        #expect(
            conditions["NamespaceFinalizersRemaining"]?["message"]
                == "Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances"
        )
        #expect(conditions["NamespaceDeletionContentFailure"]?["status"] == "False")
        // Nothing is written again that is said already.
        #expect(content.updated(updated, now: now.advanced(by: .seconds(5))) == nil)
    }

    @Test("What cannot be deleted keeps the namespace, and the status says why")
    func failure() {
        var content = NamespaceContent()
        content.add(Pod.resource, failure: "no")
        #expect(!content.isEmpty)
        let conditions = conditions(content.updated(namespace, now: now))
        #expect(
            conditions["NamespaceDeletionContentFailure"]?["message"]
                == "Failed to delete all resource types, 1 remaining: pods: no"
        )
    }

    @Test("A condition's time changes with its status only")
    func transition() {
        var content = NamespaceContent()
        content.add(Pod.resource, [PartialMetadata(metadata: ObjectMeta(name: "x"))])
        let first = content.updated(namespace, now: now) ?? [:]
        let later = NamespaceContent().updated(first, now: now.advanced(by: .seconds(5))) ?? [:]
        let (before, after) = (conditions(first), conditions(later))
        let changed = before.keys.filter { before[$0]?["lastTransitionTime"] != after[$0]?["lastTransitionTime"] }
        #expect(changed == ["NamespaceContentRemaining"])
    }

    @Test("Only the finalizer kubernetes is taken away, and only once")
    func finalizer() throws {
        let finalized = try #require(NamespaceContent.finalized(namespace))
        #expect(finalized[path: "spec", "finalizers"] == ["mine"])
        #expect(NamespaceContent.finalized(finalized) == nil)
    }
}
