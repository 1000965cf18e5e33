import JSON
import KubernetesAPI
import Testing

@Suite("ObjectList")
struct ObjectListTests {
    private let json = """
        {"kind":"ServiceList","items":[
        {"metadata":{"name":"a","namespace":"n"}},
        {"metadata":{"namespace":"n","name":"b"},"spec":{"ports":[{"port":80},{"port":"http"}]}},
        {"metadata":{"name":"c","namespace":"n"},"spec":{"unknown":[{"deep":{}}]}},
        7,
        {"kind":"Pod","metadata":{"name":"d","namespace":"n"}}
        ],"metadata":{"resourceVersion":"7"}}
        """

    @Test("an object that cannot be read is named, and does not take the others with it")
    func unreadable() throws {
        let services = try list(Service.self, Array(json.utf8))
        #expect(services.items.map(\.metadata.name) == ["a", "c"])
        #expect(services.resourceVersion == "7")
        #expect(
            services.unreadable.map(\.description) == [
                "Service n/b: spec.ports[1].port: Invalid value: \"http\": must be a whole number, without quotes",
                "Service: Invalid value: 7: must be an object (at byte 241)",
                "Service n/d: kind: Invalid value: \"Pod\": cannot be handled as a Service",
            ]
        )
        #expect(services.unreadable.map(\.name) == ["b", nil, "d"])
    }

    @Test("objects are handed out one by one, before what comes after them is read")
    func streaming() throws {
        var names: [String] = []
        var reader = JSONReader(json.utf8)
        let metadata = try ObjectList<Service>.read(from: &reader) { result in
            names.append((try? result.get().metadata.name) ?? "?")
        }
        #expect(names == ["a", "?", "c", "?", "?"])
        #expect(metadata == ListMeta(resourceVersion: "7"))

        names = []
        var cutOff = JSONReader(json.utf8.prefix(80))
        let error = #expect(throws: ObjectError.self) {
            _ = try ObjectList<Service>.read(from: &cutOff) { result in
                names.append((try? result.get().metadata.name) ?? "?")
            }
        }
        #expect(names == ["a"])
        #expect(error?.reason == "unexpected end of JSON input")
    }

    @Test("items that are null are no items, and nothing may follow the list")
    func edges() throws {
        #expect(try list(Service.self, Array(#"{"kind":"List","items":null}"#.utf8)).items.isEmpty)
        #expect(try list(Service.self, Array("{}".utf8)).items.isEmpty)
        #expect(throws: ObjectError.self) { try list(Service.self, Array("{} {}".utf8)) }
        #expect(throws: ObjectError.self) { try list(Service.self, Array("[]".utf8)) }
        #expect(throws: ObjectError.self) { try list(Service.self, []) }
    }
}
