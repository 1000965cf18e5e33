import Addressing
import Testing

@testable import RoutingTest

@Suite struct JudgementTests {
    private static let source = IPAddress.v4(0x0af4_010b)  // the third pod, web-3 or client

    private func judge(_ row: String, _ outcomes: [(FlowObservation.Outcome, Int)]) throws -> Judgement {
        let file = try TestFile.of(
            """
            nodes: [a]
            pods: [{name: web-1, node: a}, {name: client, node: a}, {name: web-2, node: a}]
            flows:
              - {from: client, to: "10.96.0.1:80", \(row)}
            """
        )
        let plan = NetworkPlan(file)
        let flow = try #require(try FlowCases.resolve(file, plan, []).first)
        let observation = FlowObservation(outcomes.flatMap { Array(repeating: $0.0, count: $0.1) })
        return Judgement(flow, observation, plan)
    }

    private func by(_ pod: Int, _ source: IPAddress = source) -> FlowObservation.Outcome {
        .answered(FlowObservation.Answer(pod: pod, source: source))
    }

    @Test func `fair shares are right`() throws {
        let judgement = try judge("expect: [web-1, web-2], source: kept", [(by(0), 20), (by(2), 33)])
        #expect(judgement.isRight)
        #expect(judgement.expected == "web-1, web-2, source kept")
        #expect(judgement.seen == "web-1 20, web-2 33, source 10.244.1.11 (pod client)")
    }

    @Test func `an endpoint left out, or one too many, is wrong`() throws {
        #expect(try judge("expect: [web-1, web-2]", [(by(0), 53)]).differences.last == "web-2 answered none of 53")
        #expect(
            try judge("expect: web-1", [(by(0), 30), (by(2), 1)]).differences == [
                "web-2 answered 1 of 31, and is not to"
            ]
        )
    }

    @Test func `shares that chance does not give are wrong`() throws {
        let differences = try judge("expect: [web-1, web-2]", [(by(0), 300), (by(2), 100)]).differences
        #expect(
            differences == [
                "web-1 answered 300 of 400, and chance gives 139 to 261",
                "web-2 answered 100 of 400, and chance gives 139 to 261",
            ]
        )
        #expect(try judge("expect: {web-1: 3, web-2: 1}", [(by(0), 300), (by(2), 100)]).isRight)
    }

    @Test func `another source is wrong`() throws {
        let judgement = try judge("expect: web-1, source: masqueraded", [(by(0), 31)])
        #expect(
            judgement.differences == [
                "web-1 saw the source 10.244.1.11 (pod client), not 10.244.1.1 (node a)"
            ]
        )
        #expect(try judge("expect: web-1, source: 10.244.1.11", [(by(0), 31)]).isRight)
    }

    @Test func `a sticky client stays at one endpoint, whichever`() throws {
        #expect(try judge("expect: [web-1, web-2], sticky: true", [(by(2), 53)]).isRight)
        #expect(try !judge("expect: [web-1, web-2], sticky: true", [(by(2), 52), (by(0), 1)]).isRight)
    }

    @Test func `refused, dropped and unreachable are not the same`() throws {
        #expect(try judge("expect: refused", [(.refused, 3)]).isRight)
        #expect(
            try judge("expect: refused", [(.refused, 2), (.dropped, 1)]).differences == ["1 of 3 dropped, not refused"]
        )
        #expect(try judge("expect: dropped", [(by(0), 3)]).differences == ["3 of 3 answered by web-1, not dropped"])
        #expect(try judge("expect: unreachable", [(.unreachable, 3)]).isRight)
        #expect(
            try judge("expect: web-1", [(.refused, 31)]).differences == [
                "31 of 31 refused", "web-1 answered none of 31",
            ]
        )
        #expect(try !judge("expect: refused", []).isRight)
    }
}
