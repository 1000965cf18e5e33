import KubernetesAPI
import Testing

@Suite("Status")
struct StatusTests {
    @Test("a captured refusal says what, why, and in which fields")
    func refusal() throws {
        let status = try status(captured("invalid-no-ports"))
        let expected = Status(
            status: "Failure",
            message: "Service \"np\" is invalid: spec.ports: Required value",
            reason: "Invalid",
            code: 422,
            details: Status.Details(
                name: "np",
                kind: "Service",
                causes: [Status.Cause(reason: "FieldValueRequired", message: "Required value", field: "spec.ports")]
            )
        )
        #expect(status == expected)
    }

    @Test("a server that lags behind says when to ask again")
    func retryAfter() throws {
        let status = try status(captured("list-future-rv"))
        #expect(status.code == 504)
        #expect(status.details?.retryAfterSeconds == 1)
        #expect(status.details?.causes.map(\.reason) == ["ResourceVersionTooLarge"])
    }

    @Test("any other object is refused")
    func otherKind() throws {
        let bytes = try captured("node")
        #expect(throws: ObjectError.self) { try status(bytes) }
    }
}
