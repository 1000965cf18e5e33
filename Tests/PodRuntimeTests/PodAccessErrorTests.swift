import PodRuntime
import Testing

@Suite struct PodAccessErrorTests {
    @Test func `an ambiguous container is answered with the choice`() {
        let error = PodAccessError.containerNotNamed(pod: "web", containers: ["a", "b"])
        #expect(error.description == "a container name must be specified for pod web, choose one of: [a b]")
    }
}
