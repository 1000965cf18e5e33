import Addressing
import Glibc
import Netlink
import OverlayCore
import Synchronization
import Testing

@testable import Overlay

@Suite struct TargetResolverTests {
    @Test func `a name is looked up, and an address is not`() async {
        let asked = Mutex<[String]>([])
        let resolver = TargetResolver(defaultPort: 6783) { name in
            asked.withLock { $0.append(name) }
            return [.v4(0x0a00_0001)]
        }
        #expect(await resolver.resolve("host-1:7000").map(\.port) == [7000])
        #expect(await resolver.resolve("10.0.0.2").map(\.address) == [.v4(0x0a00_0002)])
        #expect(asked.withLock { $0 } == ["host-1"])
    }

    @Test func `who is cancelled does not wait for a resolver that hangs`() async throws {
        let event = try WakeEvent()
        let (started, starting) = AsyncStream.makeStream(of: Void.self)
        let resolver = TargetResolver(defaultPort: 6783) { _ in
            starting.yield()
            var entry = pollfd(fd: event.fileDescriptor, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, -1)
            return [.v4(1)]
        }
        // The resolver hangs until the end of this test.
        defer { event.signal() }
        let answer = await withTaskGroup { group in
            group.addTask { await resolver.resolve("host-1") }
            for await _ in started { break }
            group.cancelAll()
            return await group.next()
        }
        #expect(answer == [])
    }
}
