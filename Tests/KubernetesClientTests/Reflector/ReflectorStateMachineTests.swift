import JSON
import KubernetesAPI
import KubernetesTesting
import Testing

@testable import KubernetesClient

/// Drives a machine with JSON and writes down what it asks and tells, one line each.
private struct Driver {
    var machine: ReflectorStateMachine<Service>
    var now = Duration.zero
    /// What is told, such as `replaced a b`, `+a`, `-a`, `?a`, `interrupted 0.8`.
    var told: [String] = []
    /// True once the machine closed the stream.
    var closed = false

    init(streamsLists: Bool = true) {
        machine = ReflectorStateMachine(streamsLists: streamsLists)
    }

    /// The next request, such as `list rv=0`, `stream`, `watch rv=5`, with the delay before it where there is one.
    mutating func ask() -> String {
        closed = false
        let (request, delay) = machine.nextRequest()
        now += delay
        let text =
            switch request {
            case .list(let version, let continuation, let limit):
                "list rv=\(version)" + (limit.map { " limit=\($0)" } ?? "")
                    + (continuation.map { " continue=\($0)" } ?? "")
            case .streamingList: "stream"
            case .watch(let version): "watch rv=\(version)"
            }
        return delay > .zero ? "after \(seconds(delay)) \(text)" : text
    }

    mutating func page(_ json: String) throws {
        var reader = JSONReader(Array(json.utf8))
        tell(machine.received(page: try ObjectList<Service>(from: &reader)))
    }

    mutating func event(_ json: String) throws {
        var reader = JSONReader(Array(json.utf8))
        let event: WatchEvent<Service>
        do {
            event = try WatchEvent<Service>(from: &reader)
        } catch {
            tell(machine.received(unreadable: error))
            return
        }
        let step = machine.received(event, now: now, jitter: 0)
        closed = step.closesStream
        tell(step.event)
    }

    mutating func end() {
        tell(machine.streamEnded(now: now, jitter: 0))
    }

    mutating func fail(_ error: ClientError) {
        tell(machine.failed(error, now: now, jitter: 0))
    }

    mutating func fail(status code: Int, cause: String? = nil, retryAfter: Duration? = nil) {
        let status = Status(answer: Array(JSON.status(code, "X", "y", cause: cause).utf8))
        fail(.api(APIError(request: "GET x", code: code, status: status, retryAfter: retryAfter)))
    }

    mutating func breakDown() {
        fail(.transport(request: "GET x", reason: "reset"))
    }

    private mutating func tell(_ event: ReflectorEvent<Service>?) {
        switch event {
        case nil: break
        case .replaced(let objects, _, let unreadable):
            let names = objects.map(\.metadata.name) + unreadable.map { "?\($0.name ?? "")" }
            told.append((["replaced"] + names).joined(separator: " "))
        case .changed(let object): told.append("+\(object.metadata.name)")
        case .deleted(_, let name): told.append("-\(name)")
        case .unreadable(let error): told.append("?\(error.name ?? "")")
        case .interrupted(_, let wait): told.append("interrupted \(seconds(wait))")
        }
    }

    private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}

@Suite("Reflector's decisions")
struct ReflectorStateMachineTests {
    /// A driver that has listed `a` at version 5 and watches.
    private func watching() throws -> Driver {
        var driver = Driver()
        #expect(driver.ask() == "stream")
        try driver.event(JSON.event("ADDED", "a", at: 3))
        try driver.event(JSON.bookmark(at: 5, endsInitialEvents: true))
        #expect(driver.told == ["replaced a"])
        driver.told = []
        return driver
    }

    @Test("A streaming list tells all objects at its end, and goes on as a watch")
    func streaming() throws {
        var driver = Driver()
        #expect(driver.ask() == "stream")
        try driver.event(JSON.event("ADDED", "b", at: 4))
        try driver.event(JSON.event("ADDED", "a", at: 3))
        #expect(driver.told.isEmpty)
        try driver.event(JSON.bookmark(at: 5, endsInitialEvents: true))
        try driver.event(JSON.event("MODIFIED", "a", at: 6))
        try driver.event(JSON.event("DELETED", "b", at: 7))
        #expect(driver.told == ["replaced a b", "+a", "-b"])
    }

    @Test("Changes during a streaming list are in what it tells")
    func changesWhileStreaming() throws {
        var driver = Driver()
        _ = driver.ask()
        try driver.event(JSON.event("ADDED", "a", at: 3))
        try driver.event(JSON.event("ADDED", "b", at: 4))
        try driver.event(JSON.event("DELETED", "a", at: 5))
        try driver.event(JSON.event("MODIFIED", "b", at: 6))
        try driver.event(JSON.bookmark(at: 6, endsInitialEvents: true))
        #expect(driver.told == ["replaced b"])
    }

    @Test("A watch that ends goes on at the version of its last event, without a pause")
    func rewatch() throws {
        var driver = try watching()
        try driver.event(JSON.event("MODIFIED", "a", at: 8))
        driver.end()
        #expect(driver.ask() == "watch rv=8")
        try driver.event(JSON.event("DELETED", "a", at: 9))
        driver.end()
        #expect(driver.ask() == "watch rv=9")
        #expect(driver.told == ["+a", "-a"])
    }

    @Test("A bookmark moves the version on, and tells nothing")
    func bookmark() throws {
        var driver = try watching()
        try driver.event(JSON.bookmark(at: 50))
        driver.end()
        #expect(driver.ask() == "watch rv=50")
        #expect(driver.told.isEmpty)
    }

    @Test("A server that ends watches at once is not asked at once")
    func emptyWatches() throws {
        var driver = try watching()
        driver.end()
        #expect(driver.ask() == "watch rv=5")
        driver.end()
        #expect(driver.ask() == "after 0.8 watch rv=5")
        driver.end()
        #expect(driver.ask() == "after 1.6 watch rv=5")
    }

    @Test("Streaming that is refused is not tried again: lists in pages are", arguments: [400, 422])
    func streamingRefused(code: Int) throws {
        var driver = Driver()
        _ = driver.ask()
        driver.fail(status: code)
        #expect(driver.ask() == "list rv=0")
        try driver.page(JSON.list(at: 5, JSON.service("a", at: 3)))
        #expect(driver.told == ["replaced a"])
        #expect(driver.ask() == "watch rv=5")
        driver.fail(status: 410)
        #expect(driver.ask().hasSuffix(" list rv= limit=500"))
    }

    @Test("A server that sends another bookmark first does not know streaming lists")
    func streamingUnknown() throws {
        var driver = Driver()
        _ = driver.ask()
        try driver.event(JSON.bookmark(at: 5))
        #expect(driver.closed)
        #expect(driver.ask() == "list rv=0")
        #expect(driver.told.isEmpty)
    }

    @Test("Streaming lists that break off are tried again, then replaced by a list in pages, then tried again")
    func streamingBreaks() throws {
        var driver = Driver()
        _ = driver.ask()
        try driver.event(JSON.event("ADDED", "a", at: 3))
        driver.end()
        #expect(driver.ask() == "after 0.8 stream")
        driver.breakDown()
        #expect(driver.ask() == "after 1.6 list rv=0")
        try driver.page(JSON.list(at: 5, JSON.service("b", at: 3)))
        #expect(driver.told == ["interrupted 0.8", "interrupted 1.6", "replaced b"])
        #expect(driver.ask() == "watch rv=5")
        driver.fail(status: 410)
        #expect(driver.ask() == "after 3.2 stream")
    }

    @Test("A server that cannot be reached is tried with growing pauses")
    func unreachable() {
        var driver = Driver(streamsLists: false)
        var requests: [String] = []
        for _ in 0..<4 {
            requests.append(driver.ask())
            driver.breakDown()
        }
        #expect(requests == ["list rv=0", "after 0.8 list rv=0", "after 1.6 list rv=0", "after 3.2 list rv=0"])
    }

    @Test("A server may ask for a longer pause")
    func retryAfter() throws {
        var driver = try watching()
        driver.fail(status: 429, retryAfter: .seconds(9))
        #expect(driver.told == ["interrupted 9.0"])
        #expect(driver.ask() == "after 9.0 watch rv=5")
    }

    @Test("A watch that cannot be opened or breaks is opened again at the same version")
    func watchFails() throws {
        var driver = try watching()
        driver.breakDown()
        #expect(driver.ask() == "after 0.8 watch rv=5")
        driver.fail(status: 503)
        #expect(driver.ask() == "after 1.6 watch rv=5")
        try driver.event(JSON.error(500, "InternalError"))
        #expect(driver.closed)
        #expect(driver.ask() == "after 3.2 watch rv=5")
    }

    @Test("A version that the server forgot (410) leads to a new list, in both its forms")
    func gone() throws {
        var driver = try watching()
        driver.fail(status: 410)
        #expect(driver.ask() == "after 0.8 stream")

        driver = try watching()
        try driver.event(JSON.error(410, "Expired", "too old resource version: 5 (900)"))
        #expect(driver.closed)
        #expect(driver.ask() == "after 0.8 stream")
        try driver.event(JSON.event("ADDED", "b", at: 900))
        try driver.event(JSON.bookmark(at: 901, endsInitialEvents: true))
        #expect(driver.told == ["interrupted 0.8", "replaced b"])
    }

    @Test("A version that the server does not have yet is forgotten: its data was set back")
    func versionTooLarge() throws {
        var driver = try watching()
        driver.fail(status: 504, cause: "ResourceVersionTooLarge")
        #expect(driver.ask() == "after 0.8 stream")
        driver.fail(status: 400)
        #expect(driver.ask() == "list rv= limit=500")
    }

    @Test("Pages are put together, and told as one")
    func pages() throws {
        var driver = Driver(streamsLists: false)
        _ = driver.ask()
        driver.fail(status: 410)
        #expect(driver.ask() == "after 0.8 list rv= limit=500")
        try driver.page(JSON.list(at: 5, continuation: "t1", JSON.service("a", at: 3)))
        #expect(driver.ask() == "list rv= limit=500 continue=t1")
        try driver.page(JSON.list(at: 5, continuation: "t2", JSON.service("b", at: 3), JSON.broken("x", at: 3)))
        #expect(driver.ask() == "list rv= limit=500 continue=t2")
        try driver.page(JSON.list(at: 5, JSON.service("c", at: 3)))
        #expect(driver.told == ["interrupted 0.8", "replaced a b c ?x"])
        #expect(driver.ask() == "watch rv=5")
    }

    @Test("Pages that expire on the way are followed by a list without pages")
    func pagesExpire() throws {
        var driver = Driver(streamsLists: false)
        _ = driver.ask()
        driver.fail(status: 410)
        _ = driver.ask()
        try driver.page(JSON.list(at: 5, continuation: "t1", JSON.service("a", at: 3)))
        _ = driver.ask()
        driver.fail(status: 410)
        #expect(driver.ask() == "list rv=")
        try driver.page(JSON.list(at: 9, JSON.service("b", at: 8)))
        #expect(driver.told == ["interrupted 0.8", "replaced b"])
    }

    @Test("An object that cannot be read is named, and the watch goes on")
    func unreadable() throws {
        var driver = try watching()
        try driver.event(#"{"type":"MODIFIED","object":\#(JSON.broken("a", at: 6))}"#)
        try driver.event(JSON.event("ADDED", "b", at: 7))
        driver.end()
        #expect(driver.told == ["?a", "+b"])
        #expect(driver.ask() == "watch rv=7")
    }

    @Test("Objects that cannot be read are named by a streaming list")
    func unreadableWhileStreaming() throws {
        var driver = Driver()
        _ = driver.ask()
        try driver.event(#"{"type":"ADDED","object":\#(JSON.broken("x", at: 6))}"#)
        try driver.event(JSON.event("ADDED", "b", at: 7))
        try driver.event(JSON.bookmark(at: 8, endsInitialEvents: true))
        #expect(driver.told == ["replaced b ?x"])
    }

    @Test("An object that is deleted is gone, even where it cannot be read")
    func unreadableDeletion() throws {
        var driver = try watching()
        try driver.event(#"{"type":"DELETED","object":\#(JSON.broken("a", at: 6))}"#)
        driver.end()
        #expect(driver.told == ["-a"])
        #expect(driver.ask() == "watch rv=6")
    }

    @Test("An object that cannot be read and is deleted during a streaming list is not named by it")
    func unreadableDeletionWhileStreaming() throws {
        var driver = Driver()
        _ = driver.ask()
        try driver.event(#"{"type":"ADDED","object":\#(JSON.broken("x", at: 6))}"#)
        try driver.event(#"{"type":"DELETED","object":\#(JSON.broken("x", at: 7))}"#)
        try driver.event(JSON.event("ADDED", "b", at: 8))
        try driver.event(JSON.bookmark(at: 9, endsInitialEvents: true))
        #expect(driver.told == ["replaced b"])
    }
}
