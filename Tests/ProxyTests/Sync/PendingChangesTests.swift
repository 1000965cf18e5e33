import KubernetesAPI
import ServiceRouting
import Testing

@testable import Proxy

@Suite struct PendingChangesTests {
    private func isDeletion(_ change: ObjectChange) -> Bool {
        switch change {
        case .service(_, let object): object == nil
        case .endpointSlice(_, let object): object == nil
        case .node(let object): object == nil
        case .serviceCIDR(_, let object): object == nil
        }
    }

    @Test func theLatestChangeOfAnObjectStaysAtThePlaceOfItsFirst() {
        let web = ObjectKey(namespace: "default", name: "web")
        var pending = PendingChanges()
        pending.add(.service(web, nil))
        pending.add(.node(nil))
        for _ in 0..<1_000 { pending.add(.endpointSlice(web, nil)) }
        pending.add(.service(web, Service(metadata: ObjectMeta(name: "web", namespace: "default"))))
        #expect(pending.count == 3)
        let changes = pending.take()
        #expect(changes.map(isDeletion) == [false, true, true])
        #expect(pending.isEmpty)
    }
}
