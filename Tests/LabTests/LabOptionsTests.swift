import Addressing
import Testing

@testable import Lab

@Suite struct LabOptionsTests {
    @Test(arguments: ["", "Trama", "a_b", "-a", "a-", "abcdefghijk", "a/b", "..", "ä"])
    func `what cannot begin the names of links and namespaces is no name of a lab`(name: String) {
        #expect(throws: LabError.self) { try LabOptions.check(name: name) }
    }

    @Test func `a lab may be called like this`() throws {
        for name in ["trama", "a", "lab-2", "0123456789"] { try LabOptions.check(name: name) }
    }

    private func refuses(_ word: String, _ change: (inout LabOptions) -> Void) {
        var options = LabOptions()
        change(&options)
        #expect {
            try options.check()
        } throws: { error in
            "\(error)".contains(word)
        }
    }

    @Test func `what cannot work is refused with the flag that says it`() {
        refuses("--nodes") { $0.nodeCount = 201 }
        refuses("--nodes") { $0.nodeCount = -1 }
        refuses("--nodes") {
            $0.nodeCount = 30
            $0.isRouted = true
        }
        refuses("--subnet") { $0.subnets = Self.prefixes("10.0.0.0/25") }
        refuses("--subnet") { $0.subnets = Self.prefixes("fd00::/64") }
        refuses("--subnet") { $0.subnets = Self.prefixes("10.0.0.0/24", "10.1.0.0/24") }
        refuses("--cluster-cidr") { $0.clusterRanges = Self.prefixes("10.0.0.0/24") }
        refuses("--service-cidr") { $0.serviceRanges = Self.prefixes("10.0.0.0/28") }
        refuses("--service-cidr") {
            $0.underlay = .v6
            $0.serviceRanges = Self.prefixes("fd00::/64")
        }
        refuses("--mtu") { $0.mtu = 1280 }
        refuses("--mtu") { $0.mtu = 65_536 }
        refuses("--node-monitor-grace-period") { $0.nodeGraceSeconds = 0 }
    }

    private static func prefixes(_ texts: String...) -> [IPPrefix] { texts.compactMap { IPPrefix($0) } }

    @Test func `a loss is a share in steps of half a percent`() throws {
        #expect(try LabOptions.lostOf200("5%") == 10)
        #expect(try LabOptions.lostOf200("0.5%") == 1)
        #expect(try LabOptions.lostOf200("99.5") == 199)
        for text in ["", "%", "-1%", "100%", "0.3%", "nan", "inf", "5 %", "1e400"] {
            #expect(throws: LabError.self) { try LabOptions.lostOf200(text) }
        }
    }

    @Test func `a delay is a time with its unit`() throws {
        #expect(try LabOptions.milliseconds("20ms") == 20)
        #expect(try LabOptions.milliseconds("2s") == 2000)
        for text in ["", "20", "ms", "-1ms", "11s", "99999999999999999999s", "1.5s", "9223372036854775807s"] {
            #expect(throws: LabError.self) { try LabOptions.milliseconds(text) }
        }
    }
}
