import Addressing
import Attachment
import Testing

@Suite struct AttachmentTableTests {
    private func table(_ prefixes: String...) throws -> AttachmentTable {
        var table = AttachmentTable()
        table.setPrefixes(try prefixes.map { try #require(IPPrefix($0)) }, of: AttachableNetwork.pods)
        return table
    }

    private func wish(_ container: String, _ addresses: String...) throws -> PodAttachment {
        PodAttachment(
            key: AttachmentKey(container: container, interface: "eth0"),
            namespace: "/run/netns/\(container)",
            addresses: try addresses.map { try #require(IPAddress($0)) }
        )
    }

    private func addresses(_ attachment: PodAttachment) -> [String] { attachment.addresses.map(\.description) }

    @Test func `a container gets one address of each family`() throws {
        var table = try table("10.32.1.0/24", "fd00:1::/64")
        let made = try table.reserve(try wish("a"), families: [.ipv4, .ipv6], now: 0)
        #expect(addresses(made) == ["10.32.1.1", "fd00:1::1"])
        #expect(table.attachments[made.key] == made)
    }

    @Test func `a range's first address and an IPv4 range's last are never given`() throws {
        var table = try table("10.32.1.0/29")
        var given: [String] = []
        for number in 0..<6 {
            given += addresses(try table.reserve(try wish("c\(number)"), families: [.ipv4], now: 0))
        }
        #expect(given == (1...6).map { "10.32.1.\($0)" })
        #expect(throws: ReservationError.self) {
            try table.reserve(try wish("one more"), families: [.ipv4], now: 0)
        }
        for address in ["10.32.1.0", "10.32.1.7"] {
            #expect(throws: ReservationError.self) {
                try table.reserve(try wish("x", address), families: [.ipv4], now: 0)
            }
        }
    }

    @Test func `addresses are given in turn, not the lowest that is free`() throws {
        var table = try table("10.32.1.0/24")
        _ = try table.reserve(try wish("a"), families: [.ipv4], now: 0)
        table.release(try wish("a").key, now: 0)
        #expect(addresses(try table.reserve(try wish("b"), families: [.ipv4], now: 1000)) == ["10.32.1.2"])
    }

    @Test func `a released address rests for 60 seconds`() throws {
        var table = try table("10.32.1.0/30")
        _ = try table.reserve(try wish("a"), families: [.ipv4], now: 100)
        _ = try table.reserve(try wish("b"), families: [.ipv4], now: 100)
        table.release(try wish("a").key, now: 100)
        #expect(throws: ReservationError.self) { try table.reserve(try wish("c"), families: [.ipv4], now: 159) }
        #expect(addresses(try table.reserve(try wish("c"), families: [.ipv4], now: 160)) == ["10.32.1.1"])
    }

    @Test func `with a clock that was set back nothing rests for more than 60 seconds`() throws {
        var table = try table("10.32.1.0/30")
        _ = try table.reserve(try wish("a"), families: [.ipv4], now: 1_000_000)
        _ = try table.reserve(try wish("b"), families: [.ipv4], now: 1_000_000)
        table.release(try wish("a").key, now: 1_000_000)
        table.release(try wish("b").key, now: 100)
        #expect(addresses(try table.reserve(try wish("c"), families: [.ipv4], now: 160)).count == 1)
    }

    @Test func `whoever names an address that is free gets it, rested or not`() throws {
        var table = try table("10.32.1.0/24")
        _ = try table.reserve(try wish("a", "10.32.1.77"), families: [.ipv4], now: 0)
        table.release(try wish("a").key, now: 0)
        #expect(addresses(try table.reserve(try wish("b", "10.32.1.77"), families: [.ipv4], now: 1)) == ["10.32.1.77"])
    }

    @Test func `an address that somebody has is refused, and says whose it is`() throws {
        var table = try table("10.32.1.0/24")
        let owner = try table.reserve(try wish("a", "10.32.1.5"), families: [.ipv4], now: 0)
        #expect(throws: ReservationError.taken(owner.addresses[0], by: owner.key)) {
            try table.reserve(try wish("b", "10.32.1.5"), families: [.ipv4], now: 0)
        }
    }

    @Test func `an address of another host is refused, and names the ranges`() throws {
        var table = try table("10.32.1.0/24")
        let foreign = try #require(IPAddress("10.32.2.5"))
        #expect(throws: ReservationError.notOurs(foreign, prefixes: table.pools[""]?.prefixes ?? [])) {
            try table.reserve(try wish("b", "10.32.2.5"), families: [.ipv4], now: 0)
        }
    }

    @Test func `a container that is attached again keeps its addresses`() throws {
        var table = try table("10.32.1.0/24", "fd00:1::/64")
        let first = try table.reserve(try wish("a"), families: [.ipv4, .ipv6], now: 0)
        _ = try table.reserve(try wish("b"), families: [.ipv4, .ipv6], now: 0)
        #expect(try table.reserve(try wish("a"), families: [.ipv4, .ipv6], now: 0).addresses == first.addresses)
    }

    @Test func `a container whose range was taken from the host gets another address`() throws {
        var table = try table("10.32.1.0/24")
        _ = try table.reserve(try wish("a"), families: [.ipv4], now: 0)
        table.setPrefixes([try #require(IPPrefix("10.32.9.0/24"))], of: AttachableNetwork.pods)
        #expect(addresses(try table.reserve(try wish("a"), families: [.ipv4], now: 0)) == ["10.32.9.1"])
    }

    @Test func `a refusal changes nothing`() throws {
        var table = try table("10.32.1.0/30", "fd00:1::/64")
        _ = try table.reserve(try wish("a"), families: [.ipv4, .ipv6], now: 0)
        _ = try table.reserve(try wish("b"), families: [.ipv4, .ipv6], now: 0)
        let before = table
        #expect(throws: ReservationError.self) { try table.reserve(try wish("c"), families: [.ipv6, .ipv4], now: 0) }
        #expect(table == before)
    }

    @Test func `a shortage names the range, and counts who has it`() throws {
        var table = try table("10.32.1.0/30")
        _ = try table.reserve(try wish("a"), families: [.ipv4], now: 0)
        _ = try table.reserve(try wish("b"), families: [.ipv4], now: 0)
        table.release(try wish("b").key, now: 0)
        do {
            _ = try table.reserve(try wish("c"), families: [.ipv4], now: 0)
            Issue.record("an address was given")
        } catch {
            guard case .noneLeft(let shortage) = error as? ReservationError else { throw error }
            #expect(
                shortage.description
                    == "no address left in 10.32.1.0/30: 1 in use, 1 released less than 60 s ago"
            )
        }
    }

    @Test func `a range of 64 bits is searched no longer than there are addresses in use`() throws {
        var table = try table("fd00:1::/64")
        for number in 0..<300 { _ = try table.reserve(try wish("c\(number)"), families: [.ipv6], now: 0) }
        #expect(table.taken(in: AttachableNetwork.pods).count == 300)
    }

    @Test func `the search goes on in the next range, and comes back to the first`() throws {
        var table = try table("10.32.1.0/30", "10.32.7.0/30")
        var given: [String] = []
        for number in 0..<4 {
            given += addresses(try table.reserve(try wish("c\(number)"), families: [.ipv4], now: 0))
        }
        #expect(given == ["10.32.1.1", "10.32.1.2", "10.32.7.1", "10.32.7.2"])
        table.release(try wish("c0").key, now: 0)
        #expect(addresses(try table.reserve(try wish("d"), families: [.ipv4], now: 60)) == ["10.32.1.1"])
    }

    @Test func `what was attached is complete only if nobody released it meanwhile`() throws {
        var table = try table("10.32.1.0/24")
        let reserved = try table.reserve(try wish("a"), families: [.ipv4], now: 0)
        table.release(reserved.key, now: 0)
        let isComplete = table.complete(reserved, as: reserved)
        #expect(!isComplete)
        #expect(table.attachments.isEmpty)
    }
}
