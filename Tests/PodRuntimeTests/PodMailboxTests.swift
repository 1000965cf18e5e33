import Testing

@testable import PodRuntime

/// How a pod's worker waits.
@Suite struct PodMailboxTests {
    @Test(.timeLimit(.minutes(1))) func `a worker waits for news or for its time, whichever comes first`() async {
        let mailbox = PodMailbox(uid: "u")
        mailbox.post(.sandboxRemoved)
        #expect(await mailbox.wait(until: Moment.now().uptime + .seconds(3_600)))
        #expect(mailbox.take().events == [.sandboxRemoved])
        #expect(await mailbox.wait(until: Moment.now().uptime + .milliseconds(5)))
        #expect(mailbox.take().events.isEmpty)
        // A time long past.
        #expect(await mailbox.wait(until: .zero))
        // What came while nobody waited is there for the next who does.
        mailbox.wake()
        #expect(await mailbox.wait(until: nil))
    }

    @Test(.timeLimit(.minutes(1))) func `a wait ends with its task, timer and all`() async {
        let mailbox = PodMailbox(uid: "u")
        let results = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await mailbox.wait(until: Moment.now().uptime + .seconds(3_600)) }
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [false])
    }
}
