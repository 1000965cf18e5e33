import SeededTesting
import Addressing
import Testing

@testable import APIRegistry

@Suite struct AllocationStateTests {
    private func range(_ text: String) throws -> AddressRange {
        try #require(IPPrefix(text).flatMap(AddressRange.init))
    }

    @Test(
        arguments: [
            ("10.96.0.0/12", 1_048_574, 256), ("10.0.0.0/24", 254, 16), ("10.0.0.0/28", 14, 0), ("10.0.0.0/30", 2, 0),
            ("fd00::/112", 65_535, 256), ("fd00::/64", 18_446_744_073_709_551_615, 256),
        ] as [(String, UInt64, UInt64)]
    )
    func `a range has upstream's size and static band`(text: String, count: UInt64, staticCount: UInt64) throws {
        let range = try range(text)
        #expect(range.pool.count == count)
        #expect(range.pool.staticCount == staticCount)
        let last = range.address(count - 1)
        #expect(range.number(of: last) == count - 1)
        #expect(range.prefix.contains(last))
        #expect(range.number(of: range.prefix.address) == nil)
    }

    @Test(arguments: ["10.0.0.0/31", "10.0.0.0/32", "fd00::/48", "fd00::/128"])
    func `what is too small or too large is no range`(text: String) throws {
        let prefix = try #require(IPPrefix(text))
        #expect(AddressRange(prefix) == nil)
    }

    @Test func `all numbers are given out once, those of the static band last`() {
        var random = SeededGenerator()
        var pool = AllocationPool(count: 100, staticCount: 20)
        var given: [UInt64] = []
        while let number = pool.next(excluding: [], using: &random) {
            pool.insert(number)
            given.append(number)
        }
        #expect(Set(given) == Set(0..<100), "\(random)")
        #expect(given.prefix(80).allSatisfy { $0 >= 20 }, "\(random)")
        pool.remove(50)
        #expect(pool.next(excluding: [50], using: &random) == nil)
        #expect(pool.next(excluding: [], using: &random) == 50)
        #expect(pool.freeCount == 1)
    }

    @Test func `what is excluded is not given out`() {
        var random = SeededGenerator()
        let pool = AllocationPool(count: 10, staticCount: 0)
        for _ in 0..<50 {
            #expect(pool.next(excluding: Set(0..<9), using: &random) == 9, "\(random)")
        }
        #expect(pool.next(excluding: Set(0..<10), using: &random) == nil)
    }

    @Test func `node ports leave the lower part to people`() {
        var random = SeededGenerator()
        let state = AllocationState(ranges: [])
        for _ in 0..<500 {
            let port = state.nextPort(excluding: [], using: &random) ?? 0
            #expect((30_086...32_767).contains(port), "\(random)")
        }
    }

    @Test func `addresses stay given out when ranges come and go`() throws {
        let (first, second) = (try #require(IPPrefix("10.0.0.0/24")), try #require(IPPrefix("10.0.0.0/29")))
        let address = try #require(IPAddress("10.0.0.3"))
        var state = AllocationState(ranges: [first])
        state.insert(address)
        state.setRanges([second])
        #expect(throws: AllocationState.Unavailable(words: "provided IP is already allocated")) {
            try state.check(address)
        }
        var random = SeededGenerator()
        for _ in 0..<20 { #expect(state.nextAddress(.ipv4, using: &random) != address) }
        state.remove(address)
        #expect(throws: Never.self) { try state.check(address) }
    }

    @Test func `an address that Services cannot have is said to be out of range`() throws {
        let state = AllocationState(ranges: [try #require(IPPrefix("10.0.0.0/24"))])
        let words =
            "the provided IP (10.0.0.255) is not in the valid range. The range of valid IPs is 10.0.0.0/24"
        let address = try #require(IPAddress("10.0.0.255"))
        #expect(throws: AllocationState.Unavailable(words: words)) { try state.check(address) }
    }
}
