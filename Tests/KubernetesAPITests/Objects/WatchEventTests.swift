import JSON
import KubernetesAPI
import Testing

@Suite("WatchEvent")
struct WatchEventTests {
    @Test("a captured watch tells the present objects, then that they are all")
    func captured() throws {
        var names: [String] = []
        var bookmarks: [Bookmark] = []
        for line in try capturedLines("watch-initial-events") {
            var reader = JSONReader(line)
            switch try WatchEvent<Service>(from: &reader) {
            case .added(let service): names.append(service.metadata.name)
            case .bookmark(let bookmark): bookmarks.append(bookmark)
            case .modified, .deleted, .error: Issue.record("unexpected event")
            }
        }
        #expect(names == ["e", "headless", "kubernetes", "web"])
        #expect(bookmarks == [Bookmark(resourceVersion: "152", endsInitialEvents: true)])
    }

    @Test("the type may come after the object")
    func order() throws {
        let json = #"{"object":{"metadata":{"name":"a"}},"type":"DELETED"}"#
        guard case .deleted(let object) = try event(Service.self, json) else {
            Issue.record("not deleted")
            return
        }
        #expect(object == DeletedObject(name: "a"))
    }

    @Test("of a deleted object only who it was is read, whatever its last state")
    func deleted() throws {
        let json = """
            {"type":"DELETED","object":{"metadata":{"name":"a","namespace":"n","resourceVersion":"7","labels":3},\
            "spec":{"ports":{}}}}
            """
        guard case .deleted(let object) = try event(Service.self, json) else {
            Issue.record("not deleted")
            return
        }
        #expect(object == DeletedObject(name: "a", namespace: "n", resourceVersion: "7"))
    }

    @Test("an error carries the server's status")
    func error() throws {
        let json = """
            {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",\
            "message":"too old resource version: 1 (152)","reason":"Expired","code":410}}
            """
        guard case .error(let status) = try event(Service.self, json) else {
            Issue.record("no error")
            return
        }
        #expect(status.code == 410)
        #expect(status.reason == "Expired")
    }

    @Test(
        "what is no event is refused, with the object where it is known",
        arguments: [
            ("{}", "WatchEvent: a watch event must have the fields type and object (at byte 0)"),
            (#"{"type":"ADDED"}"#, "WatchEvent: a watch event must have the fields type and object (at byte 0)"),
            (
                #"{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"n"},"spec":{"ports":{}}}}"#,
                "Service n/a: spec.ports: Invalid value: an object: must be an array"
            ),
            (
                #"{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"n"},"spec":{"po"#,
                "Service n/a: spec: unexpected end of JSON input"
            ),
            (
                #"{"type":"RENAMED","object":{"metadata":{"name":"a"}}}"#,
                "Service a: Unsupported value: \"RENAMED\": the type of a watch event must be one of ADDED, MODIFIED, "
                    + "DELETED, BOOKMARK, ERROR (at byte 27)"
            ),
            (#"{"type":1}"#, "WatchEvent: Invalid value: 1: must be a string, in quotes (at byte 8)"),
            ("{} x", "WatchEvent: not JSON: found 'x', expected the end, as the value is complete (at byte 3)"),
            ("", "WatchEvent: unexpected end of JSON input (at byte 0)"),
        ]
    )
    func refused(json: String, description: String) {
        let error = #expect(throws: ObjectError.self) { try event(Service.self, json) }
        #expect(error?.description == description)
    }
}
