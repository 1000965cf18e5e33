import APISchema
import JSON
import Testing

@Suite("Object decoder")
struct ObjectDecoderTests {
    private let decoder = ObjectDecoder()

    private func decode(_ text: String, _ message: String = "Service") throws -> DecodedObject {
        try decoder.decode(json: Array(text.utf8), message: message.contains(".") ? message : "\(core).\(message)")
    }

    private func refusal(_ text: String, _ message: String = "Service") -> String? {
        do {
            _ = try decode(text, message)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "what a stock server wrote is read, and comes out as it was",
        arguments: [
            ("pod", "\(core).Pod"), ("node", "\(core).Node"), ("deployment", "io.k8s.api.apps.v1.Deployment"),
            ("services", "\(core).ServiceList"), ("endpointslices", "io.k8s.api.discovery.v1.EndpointSliceList"),
            ("endpoints-web", "\(core).Endpoints"), ("ipaddresses", "io.k8s.api.networking.v1.IPAddressList"),
            ("servicecidrs", "io.k8s.api.networking.v1.ServiceCIDRList"), ("namespace", "\(core).Namespace"),
        ]
    )
    func captured(name: String, message: String) throws {
        let object = try decoder.decode(json: try Captured.bytes("\(name).json"), message: message)
        #expect(object.problems == [])
        #expect(object.value.text == (try Captured.json(name)).text)
    }

    @Test("unknown fields are told by their paths, and left out")
    func unknownFields() throws {
        let object = try decode(#"{"spec":{"nope":1,"ports":[{"port":80},{"port":81,"x":{"y":[]}}]},"foo":null}"#)
        #expect(
            object.problems.map(\.description) == [
                #"unknown field "spec.nope""#, #"unknown field "spec.ports[1].x""#, #"unknown field "foo""#,
            ]
        )
        #expect(object.value["spec"]?["nope"] == nil)
    }

    @Test("a field that is there twice is told, and the later one counts")
    func duplicates() throws {
        let object = try decode(#"{"spec":{"clusterIP":"a","clusterIP":"b"},"metadata":{"labels":{"a":"1","a":"2"}}}"#)
        #expect(
            object.problems.map(\.description) == [
                #"duplicate field "spec.clusterIP""#, #"duplicate field "metadata.labels.a""#,
            ]
        )
        #expect(object.value["spec"]?["clusterIP"] == "b")
    }

    @Test("a strict request is refused in upstream's words")
    func strict() throws {
        let json = Array(#"{"apiVersion":"v1","kind":"Service","spec":{"nope":1}}"#.utf8)
        #expect(
            throws: ObjectDecodingError(
                .strict,
                #"Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "#
                    + #""spec.nope""#
            )
        ) {
            try decoder.decode(json: json, message: "\(core).Service", validation: .strict)
        }
        #expect(try decoder.decode(json: json, message: "\(core).Service", validation: .ignore).problems == [])
    }

    @Test("what is no JSON is refused in upstream's words")
    func malformed() {
        let beginning =
            "the object provided is unrecognized (must be of type Service): couldn't get version/kind; json parse error: "
        #expect(
            refusal(#"{"apiVersion":"v1","kind":"Service","metadata":{"#)
                == beginning + #"unexpected end of JSON input ({"apiVersion":"v1","kind":"Ser ...)"#
        )
        #expect(refusal("") == beginning + "unexpected end of JSON input (<empty>)")
        #expect(refusal("x") == beginning + "invalid character 'x' looking for beginning of value (78)")
        #expect(refusal("{}}") == beginning + "invalid character '}' after top-level value ({}})")
    }

    @Test("an object of another kind is refused in upstream's words")
    func wrongKind() {
        #expect(
            refusal(#"{"apiVersion":"v1","kind":"Pod"}"#)
                == #"Pod in version "v1" cannot be handled as a Service: converting (v1.Pod) to (core.Service): "#
                + "unknown conversion"
        )
        #expect(refusal(#"{"kind":"Nope"}"#)?.contains(#"no kind "Nope" is registered for version "v1""#) == true)
        #expect(refusal(#"{"apiVersion":"policy/v1","kind":"DeleteOptions"}"#, Self.deleteOptions) == nil)
    }

    private static let deleteOptions = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"

    @Test("kind and apiVersion are filled in, and stand first")
    func kindFirst() throws {
        #expect(
            try decode(#"{"metadata":{"name":"a"},"apiVersion":"v1"}"#, "ConfigMap").value.text
                == #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}"#
        )
    }

    @Test("a value of another type is refused with the field and Go's types")
    func wrongTypes() {
        let beginning = #"Service in version "v1" cannot be handled as a Service: "#
        #expect(
            refusal(#"{"spec":{"ports":[{"port":"x"}]}}"#)
                == beginning
                + "json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32"
        )
        #expect(
            refusal(#"{"spec":{"ports":[{"port":3000000000}]}}"#)?.contains(
                "cannot unmarshal number 3000000000 into Go struct field ServicePort.spec.ports.port of type int32"
            ) == true
        )
        #expect(
            refusal(#"{"metadata":{"labels":{"a":1}}}"#)
                == beginning
                + "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"
        )
        #expect(refusal("[]") == beginning + "json: cannot unmarshal array into Go value of type v1.Service")
        #expect(
            refusal(#"{"metadata":{"creationTimestamp":"x"}}"#)
                == beginning
                + #"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#
        )
        #expect(refusal(#"{"data":{"a":"*"}}"#, "Secret")?.hasSuffix("illegal base64 data at input byte 0") == true)
    }

    @Test("null is nothing, and what is empty is left out where Go leaves it out")
    func empty() throws {
        #expect(try decode("null", "ConfigMap").value.text == #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{}}"#)
        #expect(
            try decode(#"{"spec":{"ports":[{"port":80,"targetPort":0}]}}"#).value["spec"]?["ports"]?[0]?.text
                == #"{"port":80}"#
        )
        let text = #"{"metadata":{"name":"a","labels":{},"creationTimestamp":null},"spec":{"ports":[],"clusterIP":""}}"#
        #expect(
            try decode(text).value.text
                == #"{"kind":"Service","apiVersion":"v1","metadata":{"name":"a"},"spec":{},"status":{"loadBalancer":{}}}"#
        )
    }

    @Test("amounts are written in their canonical form")
    func quantities() throws {
        let amounts = [
            "0.5": "500m", "1024Mi": "1Gi", "1.5Gi": "1536Mi", "1000": "1k", "1e3": "1e3", "100": "100", "0": "0",
            "-0.5": "-500m", "0.5Ki": "512", "1.5k": "1500", "2000m": "2", "12e6": "12e6", "1Ei": "1Ei",
            "0.0000000001": "1n", "10000000000000000000000": "10000E", "1023Ki": "1023Ki", "0.1Mi": "104858",
        ]
        for (text, canonical) in amounts {
            let json = #"{"status":{"capacity":{"cpu":"\#(text)"}}}"#
            #expect(try decode(json, "Node").value["status"]?["capacity"]?["cpu"] == .string(canonical), "\(text)")
        }
        #expect(refusal(#"{"status":{"capacity":{"cpu":"1x"}}}"#, "Node")?.contains("suffix") == true)
        #expect(refusal(#"{"status":{"capacity":{"cpu":"x"}}}"#, "Node")?.contains("regular expression") == true)
        #expect(try decode(#"{"status":{"capacity":{"cpu":2}}}"#, "Node").value["status"]?["capacity"]?["cpu"] == "2")
    }

    @Test("YAML is read as JSON is")
    func yaml() throws {
        let text = "apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: 80\n    targetPort: http\n"
        let object = try decoder.decode(yaml: Array(text.utf8), message: "\(core).Service")
        #expect(object.value["spec"]?["ports"]?[0]?.text == #"{"port":80,"targetPort":"http"}"#)
        #expect(throws: ObjectDecodingError.self) {
            try decoder.decode(yaml: Array("a: [".utf8), message: "\(core).Service")
        }
    }

    @Test("what nests too deep is refused")
    func depth() {
        let deep = #"{"x":"# + String(repeating: "[", count: 100_000)
        #expect(refusal(deep)?.contains("nested more than") == true)
    }
}
