import FolderTesting
import Glibc
import OverlayMesh
import Testing

@Suite("state folder")
struct StateFolderTests {
    @Test func `one process at a time holds a folder, and the second is told who`() throws {
        let folder = TestFolder()
        do {
            let held = try StateFolder(path: folder.path)
            // flock(2) goes by open file, so that a second opening in one process counts as another process.
            #expect(throws: StateError(path: folder.path, problem: .held(by: getpid()))) {
                try StateFolder(path: held.path)
            }
        }
        _ = try StateFolder(path: folder.path)
    }

    @Test func `a file has its old content or its new one, and its owner's mode`() throws {
        let folder = TestFolder()
        let state = try StateFolder(path: folder.path)
        #expect(try state.read("facts", limit: 10) == nil)
        try state.replace("facts", with: [1, 2, 3])
        try state.replace("facts", with: [4])
        #expect(try state.read("facts", limit: 10) == [4])
        #expect(folder.bytes(of: "facts.new").isEmpty)
        var status = stat()
        #expect(stat("\(folder.path)/facts", &status) == 0 && status.st_mode & 0o777 == 0o600)
        try state.remove("facts")
        #expect(try state.read("facts", limit: 10) == nil)
    }

    @Test func `a file that is too large is not read`() throws {
        let folder = TestFolder()
        let state = try StateFolder(path: folder.path)
        try state.replace("facts", with: [UInt8](repeating: 0, count: 11))
        #expect(throws: StateError(path: "\(folder.path)/facts", problem: .tooLarge(byteCount: 11))) {
            try state.read("facts", limit: 10)
        }
    }

    @Test func `a folder that cannot be made is named`() {
        #expect(throws: StateError(path: "/proc/trama", problem: .system(operation: "make", errno: ENOENT))) {
            try StateFolder(path: "/proc/trama")
        }
    }
}
