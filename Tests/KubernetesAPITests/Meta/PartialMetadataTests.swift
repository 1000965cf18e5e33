import JSON
import KubernetesAPI
import Testing

@Suite("Metadata of objects of any kind")
struct PartialMetadataTests {
    private let pod = """
        {"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","namespace":"a","uid":"u","resourceVersion":"7",\
        "labels":{"x":"y"},"finalizers":["foregroundDeletion"],"deletionTimestamp":"2026-01-01T00:00:00Z",\
        "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"r","uid":"ur","blockOwnerDeletion":true}]},\
        "spec":{"containers":[{"name":"c"}]}}
        """

    @Test("Owners, finalizers and what identifies an object are read, the rest is not")
    func object() throws {
        let object = try PartialMetadata(json: Array(pod.utf8))
        #expect(object.metadata.name == "p")
        #expect(object.metadata.uid == "u")
        #expect(object.metadata.deletionTimestamp != nil)
        #expect(object.metadata.labels.isEmpty)
        #expect(object.finalizers == ["foregroundDeletion"])
        #expect(object.owners.map(\.uid) == ["ur"])
        #expect(object.owners.first?.blocksDeletion == true)
    }

    @Test("A list of metadata is read, and so are the events of a watch")
    func list() throws {
        let text = """
            {"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"9"},\
            "items":[\(pod)]}
            """
        var reader = JSONReader(Array(text.utf8))
        let list = try ObjectList<PartialMetadata>(from: &reader)
        #expect(list.items.map(\.metadata.name) == ["p"])
        #expect(list.resourceVersion == "9")
        var eventReader = JSONReader(Array(#"{"type":"MODIFIED","object":\#(pod)}"#.utf8))
        guard case .modified(let object) = try WatchEvent<PartialMetadata>(from: &eventReader) else {
            Issue.record("it is a change")
            return
        }
        #expect(object.owners.count == 1)
    }

    @Test("A pod keeps its tolerations of taints that end it, and no others")
    func tolerations() throws {
        let text = """
            {"metadata":{"name":"p","namespace":"a"},"spec":{"nodeName":"n","tolerations":[\
            {"key":"a","operator":"Exists","effect":"NoSchedule"},\
            {"key":"b","value":"v","effect":"NoExecute","tolerationSeconds":5},{"operator":"Exists"},\
            {"key":"c","operator":"Gt","value":"1"}]}}
            """
        let pod = try Pod(json: Array(text.utf8))
        #expect(pod.tolerations == [Pod.Toleration(key: "b", value: "v", seconds: 5), Pod.Toleration(key: "")])
        #expect(pod.tolerations.map { $0.covers(key: "b", value: "other") } == [false, true])
    }
}
