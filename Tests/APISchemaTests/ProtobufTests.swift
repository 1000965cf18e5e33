import APISchema
import JSON
import Testing

@Suite("Protobuf")
struct ProtobufTests {
    private let decoder = ObjectDecoder()
    private let encoder = ProtobufEncoder()

    static let captured: [(String, String)] = [
        ("pod", "\(core).Pod"), ("node", "\(core).Node"), ("services", "\(core).ServiceList"),
        ("endpointslices", "io.k8s.api.discovery.v1.EndpointSliceList"),
    ]

    @Test("what a stock server wrote in protobuf is the same object as in JSON", arguments: captured)
    func decoding(name: String, message: String) throws {
        let object = try decoder.decode(protobuf: try Captured.bytes("\(name).protobuf"), message: message)
        var json = try Captured.json(name)
        var value = object.value
        // The two were asked for one after the other.
        if message.hasSuffix("List") {
            json["metadata"] = nil
            value["metadata"] = nil
        }
        #expect(value.text == json.text)
    }

    @Test("what was read is written byte for byte as a stock server wrote it", arguments: captured)
    func encoding(name: String, message: String) throws {
        let bytes = try Captured.bytes("\(name).protobuf")
        let object = try decoder.decode(protobuf: bytes, message: message)
        let encoded = try encoder.encode(object.value, message: message)
        #expect(ProtobufEnvelope(apiVersion: object.apiVersion, kind: object.kind, message: encoded).bytes == bytes)
    }

    @Test("a list of items that are encoded already is the list")
    func list() throws {
        let bytes = try Captured.bytes("services.protobuf")
        let object = try decoder.decode(protobuf: bytes, message: "\(core).ServiceList")
        let items = try (object.value["items"]?.array ?? []).map { try encoder.encode($0, message: "\(core).Service") }
        let version = try #require(object.value["metadata"]?["resourceVersion"]?.string)
        #expect(
            ProtobufEnvelope.list(apiVersion: "v1", kind: "ServiceList", resourceVersion: version, items: items)
                == bytes
        )
    }

    @Test("a watch is frames with their lengths before them")
    func watch() throws {
        let stream = try Captured.bytes("watch-services.protobuf-stream")
        var rest = stream[...]
        var written: [UInt8] = []
        var count = 0
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            let frame = Array(rest.dropFirst(4).prefix(length))
            rest = rest.dropFirst(4 + length)
            count += 1
            // Type, then an object within an object: their lengths are found by looking for the envelope.
            let start = try #require(frame.indices.first { frame[$0...].starts(with: ProtobufEnvelope.prefix) })
            let envelope = try ProtobufEnvelope(Array(frame[start...]))
            let message = try #require(
                SchemaTable.standard.message(apiVersion: envelope.apiVersion, kind: envelope.kind)
            )
            let object = try decoder.value(protobuf: envelope.message, message: message)
            let again = ProtobufEnvelope(
                apiVersion: envelope.apiVersion,
                kind: envelope.kind,
                message: try encoder.encode(object, message: message)
            )
            let type = String(decoding: frame[2..<(2 + Int(frame[1]))], as: UTF8.self)
            written += ProtobufEnvelope.watchFrame(type: type, object: again.bytes)
        }
        #expect(count > 1)
        #expect(rest.isEmpty)
        #expect(written == stream)
    }

    @Test(
        "what kubectl sends is read, and written again byte for byte",
        arguments: [
            ("deployments", "io.k8s.api.apps.v1.Deployment", #""replicas":3,"selector":{"matchLabels":{"app":"web"}}"#),
            ("secrets", "\(core).Secret", #""data":{"a":"Yg=="}"#),
            (
                "services", "\(core).Service",
                #""ports":[{"name":"80-8080","protocol":"TCP","port":80,"targetPort":8080}]"#
            ),
            (
                "selfsubjectaccessreviews", "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
                #""verb":"get","resource":"pods""#
            ),
            ("token", "io.k8s.api.authentication.v1.TokenRequest", #""audiences":null,"expirationSeconds":null"#),
        ]
    )
    func sent(name: String, message: String, excerpt: String) throws {
        let bytes = try Captured.bytes("sent-\(name).protobuf")
        let object = try decoder.decode(protobuf: bytes, message: message)
        #expect(object.value.text.contains(excerpt), "\(object.value.text)")
        let encoded = try encoder.encode(object.value, message: message)
        #expect(ProtobufEnvelope(apiVersion: object.apiVersion, kind: object.kind, message: encoded).bytes == bytes)
        // JSON of the same object is the same object.
        #expect(
            try decoder.decode(json: object.value.json, message: message, validation: .strict).value == object.value
        )
    }

    private func roundTrip(_ json: String, _ message: String) throws -> String {
        let object = try decoder.decode(json: Array(json.utf8), message: message)
        let bytes = try encoder.encode(object.value, message: message)
        let envelope = ProtobufEnvelope(apiVersion: object.apiVersion, kind: object.kind, message: bytes)
        let again = try decoder.decode(protobuf: envelope.bytes, message: message)
        #expect(again.value == object.value)
        return again.value.text
    }

    @Test("objects with every type of field come back as they were")
    func types() throws {
        let secret = #"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a\"b\u00e9"},"data":{"b":"AAEC","a":""}}"#
        _ = try roundTrip(secret, "\(core).Secret")
        let lease =
            #"{"metadata":{"name":"l"},"spec":{"renewTime":"2026-11-21T10:13:07.123456Z","leaseTransitions":0}}"#
        #expect(try roundTrip(lease, "io.k8s.api.coordination.v1.Lease").contains("07.123456Z"))
        let policy = """
            {"spec":{"podSelector":{},"ingress":[{"ports":[{"port":"http"},{"port":-1,"endPort":0}]}]}}
            """
        _ = try roundTrip(policy, "io.k8s.api.networking.v1.NetworkPolicy")
        let pod = """
            {"spec":{"volumes":[{"name":"a","hostPath":{"path":"/"}},{"name":"b","emptyDir":{"sizeLimit":"1Gi"}}],\
            "containers":[{"name":"c","env":[{"name":"n","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],\
            "livenessProbe":{"httpGet":{"port":80},"periodSeconds":5},"resources":{"limits":{"cpu":"500m"}}}],\
            "ephemeralContainers":[{"name":"d","image":"i","targetContainerName":"c"}]}}
            """
        _ = try roundTrip(pod, "\(core).Pod")
        let review = """
            {"spec":{"extra":{"scopes":["a","b"],"none":[]},"user":"u"},"status":{"allowed":true}}
            """
        _ = try roundTrip(review, "io.k8s.api.authorization.v1.SubjectAccessReview")
        let revision = #"{"data":{"a":[1,2.5,null]},"revision":9007199254740993}"#
        _ = try roundTrip(revision, "io.k8s.api.apps.v1.ControllerRevision")
        let event = #"{"metadata":{},"involvedObject":{},"eventTime":null}"#
        #expect(try roundTrip(event, "\(core).Event").contains(#""eventTime":null"#))
        let status = #"{"metadata":{},"status":"Failure","code":404,"details":{"causes":[{"field":"a"}]}}"#
        _ = try roundTrip(status, "io.k8s.apimachinery.pkg.apis.meta.v1.Status")
        let options = #"{"gracePeriodSeconds":0,"preconditions":{"uid":"u"},"dryRun":["All"]}"#
        _ = try roundTrip(options, "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions")
    }

    @Test("what is no protobuf is refused")
    func malformed() throws {
        let bodies: [[UInt8]] = [
            [], [0x6b], Array("{}".utf8), ProtobufEnvelope.prefix + [0x0a, 0xff], ProtobufEnvelope.prefix + [0x0b],
            ProtobufEnvelope(apiVersion: "v1", kind: "Service", message: [0x0a, 0x05]).bytes,
        ]
        for body in bodies {
            #expect(throws: ObjectDecodingError.self) {
                try decoder.decode(protobuf: body, message: "\(core).Service")
            }
        }
        let pod = ProtobufEnvelope(apiVersion: "v1", kind: "Pod", message: []).bytes
        #expect(throws: ObjectDecodingError.self) { try decoder.decode(protobuf: pod, message: "\(core).Service") }
    }

    @Test("a table has no protobuf")
    func tables() {
        #expect(!encoder.canEncode(message: "io.k8s.apimachinery.pkg.apis.meta.v1.Table"))
        #expect(encoder.canEncode(message: "\(core).Service"))
    }
}
