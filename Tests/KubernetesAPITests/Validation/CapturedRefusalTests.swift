import KubernetesAPI
import Testing

/// Our words for what is wrong are those with which an API server refused the same objects.
@Suite("Refusals in upstream's words")
struct CapturedRefusalTests {
    private func causes(_ errors: [ObjectError]) -> [[String]] {
        errors.map { ["\($0.field)", $0.reason] }
    }

    private func capturedCauses(_ name: String) throws -> [[String]] {
        try #require(status(captured(name)).details).causes.map { [$0.field, $0.message] }
    }

    @Test("two ports without names, with numbers that no packet can carry")
    func ports() throws {
        let service = Service(
            metadata: ObjectMeta(name: "bad", namespace: "default"),
            clusterIPs: ["10.96.0.1"],
            ports: [ServicePort(port: 70000, targetPort: "70000"), ServicePort(port: 0, targetPort: "0")]
        )
        try #expect(causes(service.validationErrors()) == capturedCauses("invalid-service-port"))
    }

    @Test("a Service without ports")
    func noPorts() throws {
        let service = Service(metadata: ObjectMeta(name: "np", namespace: "default"), clusterIPs: ["10.96.0.1"])
        try #expect(causes(service.validationErrors()) == capturedCauses("invalid-no-ports"))
    }

    @Test("a name that is none")
    func name() throws {
        let service = Service(
            metadata: ObjectMeta(name: "Bad_Name", namespace: "default"),
            clusterIPs: ["10.96.0.1"],
            ports: [ServicePort(port: 80)]
        )
        try #expect(causes(service.validationErrors()) == capturedCauses("invalid-service-name"))
    }

    @Test("endpoints whose addresses are none, or nobody else's")
    func endpoints() throws {
        let slice = EndpointSlice(
            metadata: ObjectMeta(name: "bad", namespace: "default"),
            endpoints: [Endpoint(addresses: ["10.0.0.999"]), Endpoint(addresses: ["127.0.0.1"])]
        )
        try #expect(causes(slice.validationErrors()) == capturedCauses("invalid-slice"))
    }
}
