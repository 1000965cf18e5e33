import JSON
import Testing

@testable import Node

/// A board that tests ask from within their expectations.
private final class TestBoard {
    private var board = PodStatusBoard()

    var count: Int { board.count }
    var nextDue: Duration? { board.nextDue }

    func saw(_ pod: JSONValue) { board.saw(pod) }
    func gone(uid: String) { board.gone(uid: uid) }
    func next(now: Duration) -> PodStatusBoard.Work? { board.next(now: now) }

    func report(uid: String, namespace: String, name: String, status: JSONValue, isFinished: Bool) {
        board.report(uid: uid, namespace: namespace, name: name, status: status, isFinished: isFinished)
    }

    func finished(_ work: PodStatusBoard.Work, _ outcome: PodStatusBoard.Outcome, now: Duration, jitter: Double) {
        board.finished(work, outcome, now: now, jitter: jitter)
    }
}

@Suite struct PodStatusBoardTests {
    private let board = TestBoard()

    private func report(_ status: JSONValue, isFinished: Bool = false) {
        board.report(uid: "uid-a", namespace: "default", name: "a", status: status, isFinished: isFinished)
    }

    private static func patch(_ work: PodStatusBoard.Work?) -> JSONValue? {
        guard case .patch(let patch)? = work?.action else { return nil }
        return patch
    }

    @Test func `the newest status is written, once`() throws {
        board.saw(TestNodes.pod("a"))
        report(["phase": "Pending", "reason": "x"])
        report(["phase": "Running", "podIP": "10.244.0.2"])
        let work = try #require(board.next(now: .zero))
        #expect(Self.patch(work)?["status"] == ["phase": "Running", "podIP": "10.244.0.2"])
        #expect(Self.patch(work)?[path: "metadata", "uid"] == "uid-a")
        #expect(board.next(now: .zero) == nil)
        board.finished(work, .done(status: ["phase": "Running", "podIP": "10.244.0.2"]), now: .zero, jitter: 0)
        #expect(board.next(now: .zero) == nil)
        board.saw(TestNodes.pod("a", status: ["phase": "Running", "podIP": "10.244.0.2"]))
        #expect(board.next(now: .zero) == nil)
    }

    @Test func `what came while one was under way is written after it`() throws {
        board.saw(TestNodes.pod("a"))
        report(["phase": "Running"])
        let first = try #require(board.next(now: .zero))
        report(["phase": "Succeeded"])
        #expect(board.next(now: .zero) == nil)
        board.finished(first, .done(status: ["phase": "Running"]), now: .zero, jitter: 0)
        #expect(Self.patch(board.next(now: .zero))?["status"] == ["phase": "Succeeded"])
    }

    @Test func `what somebody else wrote over ours is set right`() throws {
        board.saw(TestNodes.pod("a"))
        let ready: JSONValue = ["type": "Ready", "status": "True", "lastTransitionTime": "t1"]
        let wanted: JSONValue = ["phase": "Running", "conditions": [ready]]
        report(wanted)
        let work = try #require(board.next(now: .zero))
        board.finished(work, .done(status: wanted), now: .zero, jitter: 0)
        let spoiled: JSONValue = [
            "phase": "Running",
            "conditions": [
                ["type": "PodScheduled", "status": "True"],
                ["type": "Ready", "status": "False", "reason": "NodeNotReady"],
            ],
        ]
        board.saw(TestNodes.pod("a", status: spoiled))
        let patch = try #require(Self.patch(board.next(now: .zero)))
        #expect(patch["status"] == ["conditions": [["type": "PodScheduled", "status": "True"], ready]])
    }

    @Test func `a server that writes it in another way is not asked again`() throws {
        board.saw(TestNodes.pod("a"))
        report(["phase": "Running", "startTime": "2026-01-01T00:00:00.5Z"])
        let work = try #require(board.next(now: .zero))
        let kept: JSONValue = ["phase": "Running", "startTime": "2026-01-01T00:00:00Z"]
        board.finished(work, .done(status: kept), now: .zero, jitter: 0)
        #expect(board.next(now: .zero) == nil)
        board.saw(TestNodes.pod("a", status: kept))
        #expect(board.next(now: .zero) == nil)
    }

    @Test func `members that are no more are removed, and those of others stay`() {
        board.saw(TestNodes.pod("a", status: ["phase": "Failed", "reason": "Evicted", "qosClass": "BestEffort"]))
        report(["phase": "Failed"])
        #expect(Self.patch(board.next(now: .zero))?["status"] == ["reason": .null])
    }

    @Test func `a pod is deleted when nothing of it is left, and its status is written`() throws {
        var pod = TestNodes.pod("a")
        pod[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:30Z"
        board.saw(pod)
        report(["phase": "Running"])
        let first = try #require(board.next(now: .zero))
        board.finished(first, .done(status: ["phase": "Running"]), now: .zero, jitter: 0)
        #expect(board.next(now: .zero) == nil)
        report(["phase": "Succeeded"], isFinished: true)
        let second = try #require(board.next(now: .zero))
        #expect(Self.patch(second) != nil)
        board.finished(second, .done(status: ["phase": "Succeeded"]), now: .zero, jitter: 0)
        let third = try #require(board.next(now: .zero))
        #expect(third.action == .delete)
        board.finished(third, .done(status: nil), now: .zero, jitter: 0)
        #expect(board.next(now: .zero) == nil)
        board.gone(uid: "uid-a")
        #expect(board.count == 0)
    }

    @Test func `a finished pod that nobody wants gone stays`() throws {
        board.saw(TestNodes.pod("a", status: ["phase": "Succeeded"]))
        report(["phase": "Succeeded"], isFinished: true)
        #expect(board.next(now: .zero) == nil)
    }

    @Test func `what fails waits, longer each time, and holds up no other`() throws {
        board.saw(TestNodes.pod("a"))
        board.saw(TestNodes.pod("b"))
        report(["phase": "Running"])
        let first = try #require(board.next(now: .zero))
        board.finished(first, .failed, now: .zero, jitter: 1)
        #expect(board.nextDue == .milliseconds(100))
        #expect(board.next(now: .milliseconds(99)) == nil)
        board.report(uid: "uid-b", namespace: "default", name: "b", status: ["phase": "Running"], isFinished: false)
        #expect(board.next(now: .milliseconds(99))?.uid == "uid-b")
        let again = try #require(board.next(now: .milliseconds(100)))
        board.finished(again, .failed, now: .milliseconds(100), jitter: 1)
        #expect(board.nextDue == .milliseconds(300))
    }

    @Test func `of a pod that is gone nothing is written`() throws {
        board.saw(TestNodes.pod("a"))
        report(["phase": "Running"])
        let work = try #require(board.next(now: .zero))
        board.finished(work, .gone, now: .zero, jitter: 0)
        report(["phase": "Failed"])
        #expect(board.next(now: .zero) == nil)
        board.gone(uid: "uid-a")
        report(["phase": "Failed"])
        #expect(board.next(now: .zero) == nil)
        #expect(board.count == 0)
    }
}
