import JSON
import KubernetesAPI
import Testing

@Suite("Event")
struct EventTests {
    private let event = Event(
        regarding: ObjectReference(Service.resource, namespace: "a", name: "web", uid: "u"),
        time: Timestamp(seconds: 1_795_256_020, nanoseconds: 123_456_789),
        severity: .warning,
        reason: "FailedToStartServiceHealthcheck",
        action: "Listen",
        note: "node \"n0\" failed",
        reportingController: "kube-proxy",
        reportingInstance: "n0"
    )

    @Test("it is written as events.k8s.io/v1 has it")
    func json() {
        let expected = """
            {"apiVersion":"events.k8s.io/v1","kind":"Event",\
            "metadata":{"name":"web.18ea07d6b0571515","namespace":"a"},\
            "eventTime":"2026-11-21T10:13:40.123456Z",\
            "reportingController":"kube-proxy","reportingInstance":"n0",\
            "action":"Listen","reason":"FailedToStartServiceHealthcheck",\
            "regarding":{"apiVersion":"v1","kind":"Service","namespace":"a","name":"web","uid":"u"},\
            "note":"node \\"n0\\" failed","type":"Warning"}
            """
        #expect(String(decoding: event.json, as: UTF8.self) == expected)
    }

    @Test("an event about a cluster-wide object is stored in default")
    func clusterWide() {
        var event = event
        event.regarding = ObjectReference(Node.resource, name: "n0")
        #expect(event.namespace == "default")
        #expect(!String(decoding: event.json, as: UTF8.self).contains(#""namespace":"","#))
    }

    @Test("a note is cut after a whole character")
    func longNote() throws {
        var event = event
        event.note = String(repeating: "€", count: 1_000)
        var reader = JSONReader(event.json)
        var note = ""
        try reader.beginObject()
        while let name = try reader.nextKey() {
            if name == "note" { note = try reader.readString() } else { try reader.skipValue() }
        }
        #expect(note == String(repeating: "€", count: 341))
    }
}
