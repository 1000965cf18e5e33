import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Events that are told again")
struct EventBookTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func event(_ message: String, namespace: String? = "a") -> ObjectEvent {
        ObjectEvent(
            object: ObjectReference(apiVersion: "v1", kind: "Pod", namespace: namespace, name: "p", uid: "u"),
            isWarning: true,
            reason: "Failed",
            message: message
        )
    }

    @Test("The same thing said again counts up; something else is told anew")
    func again() throws {
        var book = EventBook(component: "kubelet", host: "n")
        guard case .post(let namespace, let body) = book.request(for: event("one"), now: now) else {
            Issue.record("it is not new")
            return
        }
        #expect(namespace == "a")
        #expect(body["source"] == ["component": "kubelet", "host": "n"])
        #expect(body["reportingInstance"] == "n")
        #expect(body["count"] == 1)
        for count in 2...3 {
            guard case .patch("a", let name, let patch) = book.request(for: event("one"), now: now) else {
                Issue.record("it is told anew")
                return
            }
            #expect(body[path: "metadata", "name"]?.string == name)
            #expect(patch["count"]?.integer == count)
        }
        guard case .post = book.request(for: event("two"), now: now) else {
            Issue.record("it is another")
            return
        }
    }

    @Test("What could not be written is told anew")
    func forgotten() {
        var book = EventBook(component: "c")
        _ = book.request(for: event("one"), now: now)
        book.forget(event("one"))
        guard case .post = book.request(for: event("one"), now: now) else {
            Issue.record("it counts as told")
            return
        }
    }

    @Test("A message is cut after whole characters where it is longer than a server takes; no namespace is `default`")
    func long() throws {
        var book = EventBook(component: "c")
        let request = book.request(for: event(String(repeating: "€", count: 1000), namespace: nil), now: now)
        guard case .post("default", let body) = request else {
            Issue.record("it is not new")
            return
        }
        #expect(body["message"]?.string == String(repeating: "€", count: 341))
        #expect(body[path: "source", "host"] == nil)
    }
}
