import Addressing
import OverlayCore
import Testing

/// Rules that hold among many peers.
@Suite struct MeshNetworkTests {
    @Test func `three peers that know one of them are connected with each other`() {
        var network = TestNetwork()
        for number in 0..<3 { network.start(number, targets: [0]) }
        let time = network.run(atMost: .seconds(2)) { network in
            network.cores.values.allSatisfy { $0.neighbours.count == 2 } && network.hasConverged
        }
        #expect(time != nil)
    }

    @Test(arguments: [10, 50]) func `peers that start at once converge`(count: Int) {
        var network = TestNetwork(seed: UInt64(count))
        network.encodes = true
        for number in 0..<count { network.start(number, targets: [0, 1]) }
        #expect(network.run(atMost: .seconds(10)) { $0.allKnow(count) && $0.hasConverged } != nil)
    }

    @Test func `a new member is known to all within three seconds`() {
        var network = TestNetwork(seed: 5)
        for number in 0..<60 { network.start(number, targets: [0, 1]) }
        network.run(for: .seconds(20))
        network.start(60, targets: [7])
        #expect(network.run(atMost: .seconds(3)) { $0.allKnow(61) } != nil)
    }
}
