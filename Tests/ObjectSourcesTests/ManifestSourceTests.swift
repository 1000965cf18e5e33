import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import Logging
import ObjectSources
import ServiceRouting
import Testing

@Suite("Folder of manifests", .timeLimit(.minutes(1)))
struct ManifestSourceTests {
    private static func service(_ name: String, port: Int = 80) -> String {
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

    /// Runs a source, with its batches written down as texts such as `+web:80` and `-web`.
    private func follow(
        _ directory: TemporaryFolder,
        path: String? = nil,
        log: LogRecorder = LogRecorder(),
        _ body: (inout Batches) async throws -> Void
    ) async throws {
        let queue = ObjectChangeQueue()
        let source = ManifestSource(directory: path ?? directory.path, nodeName: "n0", logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await source.run(into: queue) }
            var batches = Batches(iterator: queue.makeAsyncIterator())
            try await body(&batches)
            group.cancelAll()
        }
    }

    private struct Batches {
        var iterator: ObjectChangeQueue.AsyncIterator
        var isSynced = false

        /// The next batch's changes, sorted.
        mutating func next() async -> [String] {
            guard let batch = await iterator.next() else { return ["ended"] }
            isSynced = batch.isSynced
            return batch.changes.map(Self.text).sorted()
        }

        private static func text(_ change: ObjectChange) -> String {
            switch change {
            case .service(let key, let service?): "+\(key.name):\(service.ports.first?.port ?? 0)"
            case .service(let key, nil): "-\(key.name)"
            case .endpointSlice(let key, let slice): "\(slice == nil ? "-" : "+")slice/\(key.name)"
            case .node(let node): "\(node == nil ? "-" : "+")node"
            case .serviceCIDR(let name, let range): "\(range == nil ? "-" : "+")range/\(name)"
            }
        }
    }

    @Test("All objects of all manifests come at first, in one batch, and that is all")
    func first() async throws {
        let directory = try TemporaryFolder()
        try directory.write("b.yaml", Self.service("b") + "---\n" + Self.service("c"))
        try directory.write("a.yml", Self.service("a"))
        try directory.write(".hidden.yaml", Self.service("x"))
        try directory.write("c.yaml~", Self.service("x"))
        try directory.write("notes.txt", "x")
        try directory.makeFolder("sub.yaml")
        try await follow(directory) { batches in
            var seen = await batches.next()
            while !batches.isSynced { seen += await batches.next() }
            #expect(seen == ["+a:80", "+b:80", "+c:80"])
        }
    }

    @Test("An empty folder is synced")
    func empty() async throws {
        try await follow(try TemporaryFolder()) { batches in
            #expect(await batches.next().isEmpty)
            #expect(batches.isSynced)
        }
    }

    /// Waits for the first batches, up to the one that says that all is there.
    private func skipFirst(_ batches: inout Batches) async {
        while !batches.isSynced { _ = await batches.next() }
    }

    @Test("A file that is written, renamed in or out, or removed changes its objects")
    func changes() async throws {
        let directory = try TemporaryFolder()
        try directory.write("a.yaml", Self.service("a"))
        try await follow(directory) { batches in
            await skipFirst(&batches)
            try directory.write("b.yaml", Self.service("b"))
            #expect(await batches.next() == ["+b:80"])
            try directory.write("a.yaml", Self.service("a", port: 81))
            #expect(await batches.next() == ["+a:81"])
            try directory.write(".a.tmp", Self.service("a", port: 82))
            try directory.rename(".a.tmp", to: "a.yaml")
            #expect(await batches.next() == ["+a:82"])
            try directory.rename("a.yaml", to: "a.off")
            #expect(await batches.next() == ["-a"])
            try directory.remove("b.yaml")
            #expect(await batches.next() == ["-b"])
        }
    }

    @Test("A file is read when it is closed, not while it is written")
    func halfWritten() async throws {
        let directory = try TemporaryFolder()
        try await follow(directory) { batches in
            await skipFirst(&batches)
            let descriptor = try directory.begin("a.yaml")
            try directory.append(descriptor, Array(Self.service("a").utf8))
            try directory.write("b.yaml", Self.service("b"))
            #expect(await batches.next() == ["+b:80"])
            try directory.append(descriptor, Array("---\n\(Self.service("c"))".utf8))
            try directory.end(descriptor)
            #expect(await batches.next() == ["+a:80", "+c:80"])
        }
    }

    @Test("Only the objects of a file that differ are changes")
    func unchanged() async throws {
        let directory = try TemporaryFolder()
        try directory.write("a.yaml", Self.service("a") + "---\n" + Self.service("b"))
        try await follow(directory) { batches in
            await skipFirst(&batches)
            try directory.write("a.yaml", "# a comment\n" + Self.service("a") + "---\n" + Self.service("b", port: 81))
            #expect(await batches.next() == ["+b:81"])
        }
    }

    @Test("An editor that moves a file away and writes it anew deletes nothing")
    func editor() async throws {
        let directory = try TemporaryFolder()
        try directory.write("a.yaml", Self.service("a"))
        try await follow(directory) { batches in
            await skipFirst(&batches)
            try directory.rename("a.yaml", to: "a.yaml~")
            try directory.write("a.yaml", Self.service("a", port: 81))
            #expect(await batches.next() == ["+a:81"])
        }
    }

    @Test("A mounted ConfigMap is followed through its swapped links")
    func configMap() async throws {
        let directory = try TemporaryFolder()
        try directory.makeFolder("..one")
        try directory.write("..one/a.yaml", Self.service("a"))
        try directory.link("..data", to: "..one")
        try directory.link("a.yaml", to: "..data/a.yaml")
        try await follow(directory) { batches in
            await skipFirst(&batches)
            try directory.makeFolder("..two")
            try directory.write("..two/a.yaml", Self.service("a", port: 81))
            try directory.link("..data_tmp", to: "..two")
            try directory.rename("..data_tmp", to: "..data")
            #expect(await batches.next() == ["+a:81"])
            try directory.write("..two/b.yaml", Self.service("b"))
            try directory.link("b.yaml", to: "..data/b.yaml")
            #expect(await batches.next() == ["+b:80"])
        }
    }

    @Test("A hard link is read at once")
    func hardLink() async throws {
        let directory = try TemporaryFolder()
        try directory.write("kept.off", Self.service("a"))
        try await follow(directory) { batches in
            await skipFirst(&batches)
            try directory.hardLink("a.yaml", to: "kept.off")
            #expect(await batches.next() == ["+a:80"])
        }
    }

    @Test("A folder that is not there is waited for, and the log says so once")
    func missing() async throws {
        let directory = try TemporaryFolder()
        let log = LogRecorder()
        try await follow(directory, path: "\(directory.path)/one/two", log: log) { batches in
            try directory.makeFolder("one")
            try directory.makeFolder("one/two")
            try directory.write("one/two/a.yaml", Self.service("a"))
            var seen: [String] = []
            while seen.isEmpty { seen = await batches.next() }
            #expect(seen == ["+a:80"])
        }
        let complaints = log.all.filter { $0.contains("waiting for the manifest folder") }
        #expect(complaints.count <= 1)
    }

    @Test("A folder that goes leaves its objects in use; the one that comes is compared with them")
    func replaced() async throws {
        let directory = try TemporaryFolder()
        try directory.makeFolder("live")
        try directory.write("live/a.yaml", Self.service("a"))
        try directory.write("live/b.yaml", Self.service("b"))
        let log = LogRecorder()
        try await follow(directory, path: "\(directory.path)/live", log: log) { batches in
            await skipFirst(&batches)
            try directory.makeFolder("next")
            try directory.write("next/a.yaml", Self.service("a"))
            try directory.write("next/c.yaml", Self.service("c"))
            try directory.rename("live", to: "old")
            try directory.rename("next", to: "live")
            #expect(await batches.next() == ["+c:80", "-b"])
        }
    }

    @Test("A broken file keeps what it held, and is complained of once, with line and reason")
    func broken() async throws {
        let directory = try TemporaryFolder()
        try directory.write("a.yaml", Self.service("a"))
        let log = LogRecorder()
        try await follow(directory, log: log) { batches in
            await skipFirst(&batches)
            try directory.write("a.yaml", Self.service("a") + "---\nkind: [\n")
            try directory.write("b.yaml", Self.service("b"))
            #expect(await batches.next() == ["+b:80"])
            try directory.write("a.yaml", Self.service("a") + "---\nkind: [\n")
            try directory.write("c.yaml", Self.service("c"))
            #expect(await batches.next() == ["+c:80"])
            try directory.write("a.yaml", Self.service("a", port: 81))
            #expect(await batches.next() == ["+a:81"])
        }
        let complaints = log.all.filter { $0.hasPrefix("error: \(directory.path)/a.yaml:") }
        #expect(complaints.count == 1)
    }

    @Test("Of two files that define one object the first by name is used, and the log says so")
    func conflict() async throws {
        let directory = try TemporaryFolder()
        try directory.write("b.yaml", Self.service("a", port: 2))
        let log = LogRecorder()
        try await follow(directory, log: log) { batches in
            await skipFirst(&batches)
            try directory.write("a.yaml", Self.service("a", port: 1))
            #expect(await batches.next() == ["+a:1"])
            try directory.remove("a.yaml")
            #expect(await batches.next() == ["+a:2"])
        }
        #expect(
            log.all.contains(
                "error: \(directory.path)/b.yaml: Service default/a is defined in a.yaml too, "
                    + "which comes first by name and is used; remove one"
            )
        )
    }
}
