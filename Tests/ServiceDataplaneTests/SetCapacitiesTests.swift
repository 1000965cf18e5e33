import NFTables
import Testing

@testable import ServiceDataplane

@Suite struct SetCapacitiesTests {
    @Test func aNewTableHasRoomForTwiceWhatItHolds() {
        let capacities = SetCapacities(forFrontends: 10_000, endpoints: 100_000)
        #expect(capacities == SetCapacities(frontends: 32_768, endpoints: 262_144))
        #expect(SetCapacities(forFrontends: 0, endpoints: 0) == .minimum)
    }

    @Test func aMapIsRaisedWhenThreeQuartersFull() {
        let capacities = SetCapacities(frontends: 16_384, endpoints: 65_536)
        #expect(capacities.raised(forFrontends: 12_288, endpoints: 49_152) == capacities)
        #expect(
            capacities.raised(forFrontends: 12_289, endpoints: 49_153)
                == SetCapacities(frontends: 32_768, endpoints: 131_072)
        )
        // A jump beyond the size is met as well.
        #expect(capacities.raised(forFrontends: 0, endpoints: 1_000_000).endpoints == 2_097_152)
    }

    @Test func mapsThatGrowAreLeftAlone() {
        #expect(SetCapacities.unlimited.raised(forFrontends: .max, endpoints: .max) == .unlimited)
        let map = NamedSet("frontends", key: [.ipv4Address], value: .verdict)
        #expect(SetCapacities.unlimited.sized(map).size == nil)
        #expect(SetCapacities.minimum.sized(map).size == 16_384)
        #expect(SetCapacities(["frontends": SetCapacities.minimum.sized(map)]).frontends == 16_384)
    }
}
