import Glibc
import Observability
import OverlayMesh

/// A folder of a test's own, removed with this object.
final class TestFolder: Sendable {
    private let folder: String

    init() throws {
        var template = Array("/tmp/trama-overlay-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw StateError(path: "/tmp", problem: .system(operation: "make", errno: errno))
        }
        folder = String(cString: made)
    }

    deinit {
        for name in ["nodes", "nodes.new", "targets", "targets.new"] { unlink(path(name)) }
        rmdir(folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func write(_ name: String, _ text: String) throws {
        try SmallFile.replace(path(name), with: text)
    }
}
