/// What counts go with a fair choice of endpoints: exact bounds of the binomial distribution, so that the tolerance
/// follows from the number of connections.
public enum Proportion {
    /// How probable it may be that a right balancer is called wrong, for each endpoint of a flow: about once in a billion.
    public static let doubt = 1e-9

    /// The counts of one endpoint that a fair choice gives.
    ///
    /// With 31 connections and two endpoints 1 to 30, with 400 connections 142 to 258.
    ///
    /// - Parameters:
    ///   - connections: How many there were.
    ///   - weight: The endpoint's.
    ///   - total: The sum of all endpoints' weights.
    public static func range(connections: Int, weight: Int, total: Int) -> ClosedRange<Int> {
        guard connections > 0, weight > 0 else { return 0...0 }
        guard weight < total else { return connections...connections }
        let share = Double(weight) / Double(total)
        // Weights relative to the most probable count, which neither overflow nor need logarithms.
        var densities = [Double](repeating: 0, count: connections + 1)
        let mode = min(connections, Int(Double(connections + 1) * share))
        densities[mode] = 1
        for count in stride(from: mode, to: connections, by: 1) {
            densities[count + 1] =
                densities[count] * Double(connections - count) / Double(count + 1) * share / (1 - share)
        }
        for count in stride(from: mode, to: 0, by: -1) {
            densities[count - 1] =
                densities[count] * Double(count) / Double(connections - count + 1) * (1 - share) / share
        }
        let limit = densities.reduce(0, +) * doubt / 2
        return outermost(densities, limit)...connections - outermost(densities.reversed(), limit)
    }

    /// How many connections it takes before an endpoint that gets none is surely left out.
    public static func leastConnections(weights: [Int]) -> Int {
        guard let smallest = weights.min(), smallest > 0, weights.count > 1 else { return 1 }
        let share = Double(smallest) / Double(weights.reduce(0, +))
        var probability = 1.0
        var count = 0
        while probability > doubt / 2, count < TestFile.Limit.connections {
            probability *= 1 - share
            count += 1
        }
        return count
    }

    /// How many connections are made where a file does not say: enough to see one endpoint too many or too few.
    public static func usualConnections(weights: [Int]) -> Int {
        leastConnections(weights: weights + [weights.min() ?? 1])
    }

    /// The first count up to which the probability, added up from that end, is more than the limit.
    private static func outermost(_ densities: [Double], _ limit: Double) -> Int {
        var sum = 0.0
        for (count, density) in densities.enumerated() {
            sum += density
            if sum > limit { return count }
        }
        return densities.count - 1
    }
}
