import Addressing

/// Whether what was seen of a flow is what was expected, and in which words to say it.
struct Judgement: Sendable, Equatable {
    /// What was expected.
    let expected: String
    /// What was seen.
    let seen: String
    /// Each difference; empty where all is right.
    let differences: [String]

    var isRight: Bool { differences.isEmpty }

    init(_ flow: FlowCase, _ observation: FlowObservation, _ plan: NetworkPlan) {
        expected = Self.expectation(flow)
        seen = Self.sight(observation, flow, plan)
        differences = Self.differences(flow, observation, plan)
    }

    // MARK: Words

    private static func expectation(_ flow: FlowCase) -> String {
        guard case .endpoints(let endpoints) = flow.expect else { return word(flow.expect) }
        let weights = Set(endpoints.map(\.weight))
        let names = endpoints.map { weights.count > 1 ? "\($0.pod) × \($0.weight)" : $0.pod }.joined(separator: ", ")
        let source =
            switch flow.source {
            case nil: ""
            case .kept: ", source kept"
            case .masqueraded: ", masqueraded"
            case .address(let address): ", source \(address)"
            }
        return (flow.isSticky && endpoints.count > 1 ? "always one of \(names)" : names) + source
    }

    private static func word(_ expectation: FlowExpectation) -> String {
        switch expectation {
        case .refused: "refused"
        case .dropped: "dropped"
        case .unreachable: "unreachable"
        case .endpoints: ""
        }
    }

    private static func sight(_ observation: FlowObservation, _ flow: FlowCase, _ plan: NetworkPlan) -> String {
        let answers = observation.answersOfPods.sorted { $0.key < $1.key }
        var parts = answers.map { "\(plan.pods[$0.key].pod.name) \($0.value)" }
        parts += observation.unanswered.map { $0.count == observation.total ? $0.what : "\($0.what) \($0.count)" }
        let sources = Set(answers.flatMap { observation.sources(at: $0.key) }).sorted()
        guard flow.source != nil, !sources.isEmpty else { return parts.joined(separator: ", ") }
        return parts.joined(separator: ", ") + ", source " + sources.map { describe($0, plan) }.joined(separator: ", ")
    }

    /// An address, and whose it is.
    static func describe(_ address: IPAddress, _ plan: NetworkPlan) -> String {
        if let node = plan.nodes.first(where: { ($0.addresses + $0.podGateways).contains(address) }) {
            return "\(address) (node \(node.name))"
        }
        if let host = plan.pods.first(where: { $0.addresses.contains(address) }) {
            return "\(address) (pod \(host.pod.name))"
        }
        if let client = plan.outside.first(where: { $0.addresses.contains(address) }) {
            return "\(address) (\(client.name))"
        }
        return "\(address)"
    }

    // MARK: Differences

    private static func differences(
        _ flow: FlowCase,
        _ observation: FlowObservation,
        _ plan: NetworkPlan
    ) -> [String] {
        guard observation.total > 0 else { return ["no connection was made"] }
        guard case .endpoints(let endpoints) = flow.expect else {
            let right = word(flow.expect)
            let wrong = observation.answersOfPods.sorted { $0.key < $1.key }
                .map { ("answered by \(plan.pods[$0.key].pod.name)", $0.value) }
            return (wrong + observation.unanswered.map { ($0.what, $0.count) })
                .filter { $0.0 != right }
                .map { "\($0.1) of \(observation.total) \($0.0), not \(right)" }
        }
        var differences = observation.unanswered.map { "\($0.count) of \(observation.total) \($0.what)" }
        let counts = observation.answersOfPods
        let names = Set(endpoints.map(\.pod))
        var isClean = observation.unanswered.isEmpty
        for (pod, count) in counts.sorted(by: { $0.key < $1.key }) where !names.contains(plan.pods[pod].pod.name) {
            isClean = false
            differences.append("\(plan.pods[pod].pod.name) answered \(count) of \(observation.total), and is not to")
        }
        if flow.isSticky {
            if counts.count > 1 {
                differences.append("\(counts.count) endpoints answered one client, which is to stay at one")
            }
        } else {
            differences += shares(endpoints, counts, observation.total, plan, alsoUneven: isClean)
        }
        for pod in counts.keys.sorted() {
            guard let allowed = flow.sources(at: pod, plan) else { continue }
            for source in observation.sources(at: pod) where !allowed.contains(source) {
                let right = allowed.map { describe($0, plan) }.joined(separator: " or ")
                differences.append(
                    "\(plan.pods[pod].pod.name) saw the source \(describe(source, plan)), not \(right.isEmpty ? "the client's" : right)"
                )
            }
        }
        return differences
    }

    /// Endpoints that got too few or too many connections to have been chosen by their weights.
    ///
    /// - Parameter alsoUneven: False tells of those only that got none: connections that went astray are told already.
    private static func shares(
        _ endpoints: [WeightedEndpoint],
        _ counts: [Int: Int],
        _ total: Int,
        _ plan: NetworkPlan,
        alsoUneven: Bool
    ) -> [String] {
        let weights = endpoints.reduce(0) { $0 + $1.weight }
        return endpoints.compactMap { endpoint in
            let pod = plan.pods.firstIndex { $0.pod.name == endpoint.pod }
            let count = pod.flatMap { counts[$0] } ?? 0
            let range = Proportion.range(connections: total, weight: endpoint.weight, total: weights)
            guard !range.contains(count) else { return nil }
            guard count > 0 else { return "\(endpoint.pod) answered none of \(total)" }
            guard alsoUneven else { return nil }
            return
                "\(endpoint.pod) answered \(count) of \(total), and chance gives \(range.lowerBound) to \(range.upperBound)"
        }
    }
}
