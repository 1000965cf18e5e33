import KubernetesAPI
import ServiceRouting
import Testing

@testable import ObjectSources

@Suite("What manifests say together")
struct ManifestStoreTests {
    private func service(_ name: String, port: Int = 80) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: default}
        spec:
          clusterIP: 10.96.0.1
          ports:
          - {port: \(port)}

        """
    }

    private func node(_ name: String) -> String {
        "apiVersion: v1\nkind: Node\nmetadata: {name: \(name)}\n"
    }

    private func texts(_ outcome: ManifestStore.Outcome) -> [String] {
        outcome.changes.map { change in
            switch change {
            case .service(let key, let service): service.map { "+\(key.name):\($0.ports[0].port)" } ?? "-\(key.name)"
            case .node(let node): node == nil ? "-node" : "+node"
            default: "?"
            }
        }
    }

    @Test("Only the own Node counts")
    func ownNode() {
        var store = ManifestStore(nodeName: "n0")
        let outcome = store.update("a.yaml", bytes: Array("\(node("n1"))---\n\(node("n0"))".utf8))
        #expect(texts(outcome) == ["+node"])
        #expect(texts(store.remove("a.yaml")) == ["-node"])
    }

    @Test("An object that cannot be used stays as it was; its neighbours change")
    func brokenObject() {
        var store = ManifestStore(nodeName: "n0")
        _ = store.update("a.yaml", bytes: Array("\(service("a"))---\n\(service("b"))---\n\(service("c"))".utf8))
        let broken = "\(service("a", port: 81))---\n\(service("b", port: 0))"
        let outcome = store.update("a.yaml", bytes: Array(broken.utf8))
        #expect(texts(outcome) == ["+a:81", "-c"])
        #expect(outcome.diagnostics.allSatisfy { $0.line == 15 })
        #expect(outcome.diagnostics.first?.reason.hasPrefix("Service default/b: spec.ports[0].port: ") == true)
    }

    @Test("What is no YAML leaves everything the file held, and is told once")
    func notYAML() {
        var store = ManifestStore(nodeName: "n0")
        _ = store.update("a.yaml", bytes: Array(service("a").utf8))
        let outcome = store.update("a.yaml", bytes: Array("kind: [".utf8))
        #expect(outcome.changes.isEmpty)
        #expect(outcome.diagnostics.count == 1)
        #expect(store.update("a.yaml", bytes: Array("kind: [".utf8)).diagnostics.isEmpty)
        #expect(texts(store.update("a.yaml", bytes: [])) == ["-a"])
    }

    @Test("The first file by name wins, whatever the order they come in, and the others take over when it goes")
    func conflicts() {
        var store = ManifestStore(nodeName: "n0")
        #expect(texts(store.update("b.yaml", bytes: Array(service("x", port: 2).utf8))) == ["+x:2"])
        let later = store.update("c.yaml", bytes: Array(service("x", port: 3).utf8))
        #expect(later.changes.isEmpty)
        #expect(
            later.diagnostics.map(\.description) == [
                "c.yaml: Service default/x is defined in b.yaml too, which comes first by name and is used; remove one"
            ]
        )
        #expect(texts(store.update("a.yaml", bytes: Array(service("x", port: 1).utf8))) == ["+x:1"])
        #expect(texts(store.remove("a.yaml")) == ["+x:2"])
        #expect(texts(store.remove("b.yaml")) == ["+x:3"])
        #expect(texts(store.remove("c.yaml")) == ["-x"])
        #expect(store.objectCount == 0)
    }

    @Test("A file that cannot be read keeps its objects, and is told once")
    func unreadableFile() {
        var store = ManifestStore(nodeName: "n0")
        _ = store.update("a.yaml", bytes: Array(service("a").utf8))
        #expect(store.fail("a.yaml", reason: "x").diagnostics.count == 1)
        #expect(store.fail("a.yaml", reason: "x").diagnostics.isEmpty)
        #expect(store.isUnread("a.yaml"))
        #expect(store.update("a.yaml", bytes: Array(service("a").utf8)).changes.isEmpty)
        #expect(!store.isUnread("a.yaml"))
    }
}
