import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// Refusals beside those that kube-apiserver 1.36.2 made of the same requests.
@Suite struct RefusalTests {
    private static let services = ResourceType(
        group: "",
        version: "v1",
        kind: "Service",
        plural: "services",
        namespaced: true
    )
    private static let slices = ResourceType(
        group: "discovery.k8s.io",
        version: "v1",
        kind: "EndpointSlice",
        plural: "endpointslices",
        namespaced: true
    )
    private static let deployments = ResourceType(
        group: "apps",
        version: "v1",
        kind: "Deployment",
        plural: "deployments",
        namespaced: true
    )

    private static func invalid(_ name: String, _ errors: FieldError...) -> Refusal {
        .invalid(services, name: name, errors)
    }

    private static func port(_ index: Int, _ number: Int) -> [FieldError] {
        let path = FieldPath("spec.ports")[index]
        let words = "must be between 1 and 65535, inclusive"
        return [
            FieldError(path.field("name"), .required),
            FieldError(path.field("port"), .invalid, value: .integer(number), words),
            FieldError(path.field("targetPort"), .invalid, value: .integer(number), words),
        ]
    }

    private static let refusals: [(String, Refusal)] = [
        ("not-found", .notFound(services, name: "nope")),
        ("already-exists", .alreadyExists(services, name: "web")),
        ("stale-update", .modified(services, name: "web")),
        ("unauthorized", .unauthorized),
        ("unknown-resource", .unknownPath),
        ("not-acceptable", .notAcceptable()),
        ("unsupported-media", .unsupportedMediaType()),
        ("list-future-rv", .resourceVersionTooLarge(99_999_999, current: 154)),
        ("bad-field-selector", SelectorError("field label not supported: foo").refusal),
        ("wrong-kind", .wrongKind(apiVersion: "v1", kind: "Pod", expected: services)),
        (
            "unknown-field-strict",
            .undecodable(
                apiVersion: "v1",
                kind: "Service",
                expected: services,
                "strict decoding error: unknown field \"spec.nope\""
            )
        ),
        (
            "malformed",
            .unrecognized(
                services,
                "couldn't get version/kind; json parse error: unexpected end of JSON input",
                body: Array(#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"x""#.utf8)
            )
        ),
        (
            "delete-precondition",
            .conflict(
                QualifiedName(group: "", name: "Service"),
                name: "web",
                "the UID in the precondition (00000000-0000-0000-0000-000000000000) does not match the UID in record "
                    + "(725dd586-f1e0-4bb4-a4e7-ba24a9f14343). The object might have been deleted and then recreated"
            )
        ),
        ("invalid-no-ports", invalid("np", FieldError("spec.ports", .required))),
        (
            "clusterip-out-of-range",
            invalid(
                "ip3",
                FieldError(
                    "spec.clusterIPs",
                    .invalid,
                    value: ["10.1.2.3"],
                    "failed to allocate IP 10.1.2.3: the provided network does not match the current range"
                )
            )
        ),
        ("invalid-service-port", .invalid(services, name: "bad", port(0, 70_000) + port(1, 0))),
        (
            "invalid-slice",
            .invalid(
                slices,
                name: "bad",
                [
                    FieldError(
                        "endpoints[0].addresses[0]",
                        .invalid,
                        value: "10.0.0.999",
                        "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
                    ),
                    FieldError(
                        "endpoints[1].addresses[0]",
                        .invalid,
                        value: "127.0.0.1",
                        "may not be in the loopback range (127.0.0.0/8, ::1/128)"
                    ),
                ]
            )
        ),
    ]

    @Test(arguments: refusals.map(\.0))
    func `a refusal is answered as upstream answers it`(name: String) throws {
        let refusal = try #require(Self.refusals.first { $0.0 == name }?.1)
        let captured = try Captured(name)
        #expect(refusal.code == captured.code)
        #expect(try JSONValue(json: refusal.status.json) == captured.body)
    }

    @Test func `who may not is told user, verb, resource and place`() {
        let refusal = Refusal.forbidden(
            user: "x",
            verb: "list",
            QualifiedName(group: "", name: "pods"),
            namespace: "default"
        )
        let words = #"User "x" cannot list resource "pods" in API group "" in the namespace "default""#
        #expect(refusal.message == "pods is forbidden: \(words)")
        #expect(refusal.code == 403)
        let status = Refusal.forbidden(
            user: "x",
            verb: "update",
            QualifiedName(group: "apps", name: "deployments"),
            subresource: "status",
            name: "web"
        )
        #expect(
            status.message == #"deployments.apps "web" is forbidden: User "x" cannot update resource "#
                + #""deployments/status" in API group "apps" at the cluster scope"#
        )
    }

    @Test func `a path may be forbidden too`() {
        let refusal = Refusal.forbidden(user: "system:anonymous", verb: "get", path: "/metrics")
        #expect(refusal.message == #"forbidden: User "system:anonymous" cannot get path "/metrics""#)
    }

    @Test func `names with quotes are escaped as Go does`() {
        #expect(
            Refusal.notFound(Self.deployments, name: "a\"b\\c\n\u{1}").message
                == #"deployments.apps "a\"b\\c\n\x01" not found"#
        )
    }

    @Test func `the same error twice is said once and has two causes`() {
        let error = FieldError("spec.ports", .required)
        let refusal = Self.invalid("np", error, error)
        #expect(refusal.message == #"Service "np" is invalid: spec.ports: Required value"#)
        #expect(refusal.details?.causes.count == 2)
    }

    @Test func `who asks too often is told when to try again`() {
        let refusal = Refusal.tooManyRequests(retryAfterSeconds: 3)
        #expect(refusal.code == 429)
        #expect(refusal.retryAfterSeconds == 3)
    }

    @Test func `an expired continue token comes with one that goes on`() throws {
        let json = try JSONValue(json: Refusal.continueExpired(inconsistent: "abc").status.json)
        #expect(json["metadata"]?["continue"]?.string == "abc")
        #expect(json["code"]?.integer == 410)
        #expect(json["reason"]?.string == "Expired")
    }

    @Test func `a status is read as it was written`() throws {
        for (_, refusal) in Self.refusals {
            var reader = JSONReader(refusal.status.json)
            #expect(try Status(from: &reader) == refusal.status)
        }
    }
}
