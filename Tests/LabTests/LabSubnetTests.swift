import Addressing
import Testing

@testable import Lab

@Suite struct LabSubnetTests {
    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

    @Test func `the first subnet that overlaps with nothing is chosen`() throws {
        var options = LabOptions()
        options.underlay = .dual
        let taken = try ["0.0.0.0/0", "10.127.0.0/23", "192.168.1.0/24", "fd6c:6162::/64", "10.127.2.77/32"].map(
            prefix
        )
        let chosen = try LabSubnet.choose(options, taken: taken)
        #expect(chosen == [try prefix("10.127.3.0/24"), try prefix("fd6c:6162:0:1::/64")])
    }

    @Test func `a subnet that is given must be free`() throws {
        var options = LabOptions()
        options.subnets = [try prefix("10.20.0.0/16")]
        #expect(try LabSubnet.choose(options, taken: [prefix("10.21.0.0/16")]) == options.subnets)
        #expect(throws: LabError.self) { try LabSubnet.choose(options, taken: [prefix("10.20.3.4/32")]) }
        #expect(throws: LabError.self) { try LabSubnet.choose(options, taken: [prefix("10.0.0.0/8")]) }
        // Pods and Services take part as well.
        options.subnets = [try prefix("10.244.7.0/24")]
        #expect(throws: LabError.self) { try LabSubnet.choose(options, taken: []) }
    }

    @Test func `nothing is chosen where all are taken`() throws {
        #expect(throws: LabError.self) { try LabSubnet.choose(LabOptions(), taken: [prefix("10.127.0.0/16")]) }
    }

    @Test(arguments: [
        (0, "10.0.0.0/24", "10.0.0.0"), (255, "10.0.0.0/24", "10.0.0.255"), (256, "10.0.0.0/16", "10.0.1.0"),
        (65_538, "fd00::/64", "fd00::1:2"), (10, "10.96.0.0/12", "10.96.0.10"),
    ])
    func `an address of a number is counted from the first`(number: Int, range: String, address: String) throws {
        #expect(LabSubnet.address(number, in: try prefix(range)) == IPAddress(address))
    }

    @Test(arguments: [(256, "10.0.0.0/24"), (-1, "10.0.0.0/24"), (Int.max, "255.255.255.0/24"), (1, "10.0.0.1/32")])
    func `a number that a range does not have has no address`(number: Int, range: String) throws {
        #expect(LabSubnet.address(number, in: try prefix(range)) == nil)
    }
}
