import Testing

@testable import RoutingTest

@Suite struct ReportTests {
    private let result = FileResult(
        file: "web.yaml",
        flows: [
            FlowResult(
                title: "client → web:80 tcp",
                file: "web.yaml",
                line: 7,
                expected: "web-1, web-2",
                seen: "web-1 30, web-2 23",
                connections: 53,
                duration: .milliseconds(1234)
            ),
            FlowResult(
                title: "a → web:80 nodePort tcp",
                name: "<b> & \"c\"",
                file: "web.yaml",
                line: 8,
                expected: "refused",
                seen: "dropped",
                differences: ["3 of 3 dropped, not refused"],
                explanation: ["node a  check-unserved rule 3 drops"],
                connections: 3
            ),
        ],
        duration: .milliseconds(2000)
    )

    @Test func `the table has a line for each flow, and more for those that are wrong`() {
        #expect(
            ResultTable().text(result) == """
                web.yaml
                  ✔ client → web:80 tcp      web-1 30, web-2 23
                  ✘ a → web:80 nodePort tcp  3 of 3 dropped, not refused
                      shows     <b> & "c"
                      expected  refused  (web.yaml:8)
                      seen      dropped
                      node a  check-unserved rule 3 drops

                """
        )
        #expect(
            ResultTable().summary([result], duration: .milliseconds(2050))
                == "✘ 1 of 2 flows right, 1 wrong: 56 connections in 2.05 s\n"
        )
    }

    @Test func `what was skipped is neither right nor wrong`() {
        let skipped = FileResult(
            file: "x.yaml",
            flows: [
                FlowResult(
                    title: "a → b:1 sctp",
                    file: "x.yaml",
                    line: 1,
                    expected: "",
                    seen: "",
                    skipReason: "no SCTP"
                )
            ]
        )
        #expect(ResultTable().text(skipped) == "x.yaml\n  - a → b:1 sctp  skipped: no SCTP\n")
        #expect(ResultTable().summary([skipped], duration: .zero).hasPrefix("✔ 0 of 0 flows right, 1 skipped: 0"))
        let report = JUnitReport.text([skipped])
        #expect(report.contains(#"skipped="1""#) && report.contains(#"><skipped message="no SCTP"/></testcase>"#))
    }

    @Test func `JUnit's report counts and escapes`() {
        let text = JUnitReport.text([result, FileResult(file: "x.yaml", failure: "node a: the proxy\nsays <no>")])
        #expect(text.contains(#"<testsuites name="trama test" tests="3" failures="1" errors="1" time="2.00">"#))
        #expect(
            text.contains(#"name="a → web:80 nodePort tcp (&lt;b&gt; &amp; &quot;c&quot;)" file="web.yaml" line="8""#)
        )
        #expect(text.contains(#"<failure message="3 of 3 dropped, not refused">"#))
        #expect(text.contains(#"<error message="node a: the proxy">"#) && text.contains("says &lt;no&gt;"))
        #expect(JUnitReport.escape("a\u{1b}[0m\u{0}") == "a\u{fffd}[0m\u{fffd}")
    }
}
