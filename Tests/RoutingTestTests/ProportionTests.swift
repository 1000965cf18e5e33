import Testing

@testable import RoutingTest

@Suite struct ProportionTests {
    @Test func `one endpoint gets all`() {
        #expect(Proportion.range(connections: 7, weight: 3, total: 3) == 7...7)
    }

    @Test func `the bounds are those of the binomial distribution`() {
        // P(X = 0) for 31 tosses is 4.7e-10, of 30 tosses 9.3e-10; half the doubt is 5e-10.
        #expect(Proportion.range(connections: 31, weight: 1, total: 2) == 1...30)
        #expect(Proportion.range(connections: 30, weight: 1, total: 2) == 0...30)
        #expect(Proportion.leastConnections(weights: [1, 1]) == 31)
    }

    @Test func `more connections tell smaller differences`() {
        var last = 2.0
        for connections in [100, 1_000, 10_000] {
            let range = Proportion.range(connections: connections, weight: 1, total: 4)
            let width = Double(range.count) / Double(connections)
            #expect(width < last / 2)
            #expect(range.contains(connections / 4))
            last = width
        }
    }

    @Test(arguments: [[1, 1], [1, 1, 1], [3, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]])
    func `as many connections as it takes show an endpoint that is left out`(weights: [Int]) {
        let count = Proportion.leastConnections(weights: weights)
        let total = weights.reduce(0, +)
        for weight in weights {
            #expect(Proportion.range(connections: count, weight: weight, total: total).lowerBound >= 1)
        }
        #expect(Proportion.range(connections: count - 1, weight: weights.min() ?? 1, total: total).lowerBound == 0)
    }

    @Test func `extreme numbers are no trouble`() {
        let range = Proportion.range(connections: TestFile.Limit.connections, weight: 1, total: 200_000)
        #expect(range.lowerBound == 0 && range.upperBound < 20)
        #expect(Proportion.range(connections: 0, weight: 1, total: 2) == 0...0)
    }
}
