import Glibc
import Logging
import Observability
import Testing

@testable import Proxy

@Suite(.timeLimit(.minutes(1))) struct ConfigurationFileWatchTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs the body with a folder that is gone afterwards.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/trama-watch-XXXXXX".utf8CString)
        let made = mkdtemp(&template) != nil
        try #require(made)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["config.yaml", "new.yaml", "..data", "v1/config.yaml", "v2/config.yaml"] {
                unlink("\(folder)/\(name)")
            }
            for name in ["v1", "v2"] { rmdir("\(folder)/\(name)") }
            rmdir(folder)
        }
        try await body(folder)
    }

    private func expectChange(_ path: String, _ change: () throws -> Void) async throws {
        let watch = ConfigurationFileWatch(path: path, logger: logger)
        // A change between start and the first look is a change too, so there is nothing to wait for.
        try change()
        await #expect(throws: ConfigurationFileChanged(path: path)) { try await watch.run() }
    }

    @Test("written content ends the process") func write() async throws {
        try await withFolder { folder in
            let path = "\(folder)/config.yaml"
            try SmallFile.write("a", to: path, creates: true)
            try await expectChange(path) { try SmallFile.write("b", to: path) }
        }
    }

    @Test("a file renamed over it ends the process") func rename() async throws {
        try await withFolder { folder in
            let path = "\(folder)/config.yaml"
            try SmallFile.write("a", to: path, creates: true)
            try await expectChange(path) {
                try SmallFile.write("b", to: "\(folder)/new.yaml", creates: true)
                Glibc.rename("\(folder)/new.yaml", path)
            }
        }
    }

    @Test("the swapped link of a mounted ConfigMap ends the process, while it is watched") func configMap() async throws
    {
        try await withFolder { folder in
            for version in ["v1", "v2"] {
                mkdir("\(folder)/\(version)", 0o755)
                try SmallFile.write(version, to: "\(folder)/\(version)/config.yaml", creates: true)
            }
            symlink("v1", "\(folder)/..data")
            symlink("..data/config.yaml", "\(folder)/config.yaml")
            let watch = ConfigurationFileWatch(path: "\(folder)/config.yaml", logger: logger)
            let run = Task { try await watch.run() }
            // However far the watch has come: it looks after it has begun to watch.
            symlink("v2", "\(folder)/..new")
            Glibc.rename("\(folder)/..new", "\(folder)/..data")
            await #expect(throws: ConfigurationFileChanged.self) { try await run.value }
        }
    }

    @Test("the same content written again is no change") func unchanged() async throws {
        try await withFolder { folder in
            let path = "\(folder)/config.yaml"
            try SmallFile.write("a", to: path, creates: true)
            let watch = ConfigurationFileWatch(path: path, logger: logger)
            let run = Task { try await watch.run() }
            try SmallFile.write("a", to: path)
            await Task.yield()
            run.cancel()
            try await run.value
        }
    }
}
