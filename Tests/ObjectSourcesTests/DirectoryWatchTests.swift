import Glibc
import KubernetesTesting
import Testing

@testable import ObjectSources

@Suite("Watch of a folder", .timeLimit(.minutes(1)))
struct DirectoryWatchTests {
    @Test("The kernel's events are read with their padded names; one that is cut off is not")
    func decode() {
        let bytes: [UInt8] =
            [1, 0, 0, 0]  // wd 1
            + [0, 1, 0, 0]  // mask IN_CREATE
            + [0, 0, 0, 0]  // cookie
            + [8, 0, 0, 0]  // len
            + Array("a.y\0\0\0\0\0".utf8)
            + [255, 255, 255, 255]  // wd -1
            + [0, 64, 0, 0]  // mask IN_Q_OVERFLOW
            + [0, 0, 0, 0] + [0, 0, 0, 0]
            + [1, 0, 0, 0, 8]  // the beginning of one more
        #expect(
            Inotify.decode(bytes) == [
                Inotify.Event(watch: 1, mask: UInt32(IN_CREATE), name: "a.y"),
                Inotify.Event(watch: -1, mask: UInt32(IN_Q_OVERFLOW), name: ""),
            ]
        )
    }

    @Test("Reports that the kernel lost, or that nobody asked for, are remembered as lost")
    func lost() {
        var reports = Inotify.Reports()
        reports.append(Inotify.Event(watch: -1, mask: UInt32(IN_Q_OVERFLOW), name: ""))
        #expect(reports.lostSome)

        reports = Inotify.Reports()
        for number in 0...Inotify.waitingLimit {
            reports.append(Inotify.Event(watch: 1, mask: UInt32(IN_CREATE), name: "\(number)"))
        }
        #expect(reports.events.count == Inotify.waitingLimit)
        #expect(reports.lostSome)
    }

    @Test("A write is complete when the file is closed")
    func write() async throws {
        let folder = try TemporaryFolder()
        var watch = try DirectoryWatch(path: folder.path + "/")
        let state = watch.open()
        #expect(state == .watching)
        let descriptor = try folder.begin("a.yaml")
        #expect(await watch.next()?.entries == ["a.yaml": .beingWritten])
        try folder.append(descriptor, [1])
        try folder.end(descriptor)
        #expect(await watch.next()?.entries == ["a.yaml": .complete])
    }

    @Test("A folder that is not there is unavailable until one is made, however many are missing above")
    func missing() async throws {
        let folder = try TemporaryFolder()
        var watch = try DirectoryWatch(path: "\(folder.path)/a/b")
        var state = watch.open()
        #expect(state == .unavailable(reason: "No such file or directory"))
        try folder.makeFolder("other")
        try folder.makeFolder("a")
        #expect(await watch.next()?.folder == true)
        state = watch.open()
        #expect(state == .unavailable(reason: "No such file or directory"))
        try folder.makeFolder("a/b")
        #expect(await watch.next()?.folder == true)
        state = watch.open()
        #expect(state == .watching)
    }

    @Test("A folder that is removed or replaced says so")
    func replaced() async throws {
        let folder = try TemporaryFolder()
        try folder.makeFolder("a")
        var watch = try DirectoryWatch(path: "\(folder.path)/a")
        _ = watch.open()
        try folder.rename("a", to: "b")
        #expect(await watch.next()?.folder == true)
        _ = watch.open()
        try folder.link("a", to: "b")
        #expect(await watch.next()?.folder == true)
        let state = watch.open()
        #expect(state == .watching)
        try folder.write("b/x.yaml", "")
        #expect(await watch.next()?.entries["x.yaml"] != nil)
    }

    @Test("A later change of an entry counts, but permissions do not hide a write")
    func merge() {
        var changes = DirectoryWatch.Changes(entries: ["a": .removed, "b": .complete])
        changes.merge(DirectoryWatch.Changes(entries: ["a": .complete, "b": .attributes], folder: true))
        #expect(changes == DirectoryWatch.Changes(entries: ["a": .complete, "b": .complete], folder: true))
    }
}
