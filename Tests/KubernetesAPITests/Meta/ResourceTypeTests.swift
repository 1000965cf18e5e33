import KubernetesAPI
import Testing

@Suite("ResourceType")
struct ResourceTypeTests {
    @Test("the core group has its own root, all others stand under /apis")
    func paths() {
        #expect(Service.resource.path() == "/api/v1/services")
        #expect(Service.resource.path(namespace: "a") == "/api/v1/namespaces/a/services")
        #expect(EndpointSlice.resource.path() == "/apis/discovery.k8s.io/v1/endpointslices")
        #expect(Node.resource.path(namespace: "a") == "/api/v1/nodes")
        #expect(Event.resource.path(namespace: "a") == "/apis/events.k8s.io/v1/namespaces/a/events")
        #expect(ServiceCIDR.resource.apiVersion == "networking.k8s.io/v1")
        #expect(Service.resource.apiVersion == "v1")
    }
}
