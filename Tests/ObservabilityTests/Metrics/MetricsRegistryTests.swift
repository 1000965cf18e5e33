import Testing

@testable import Observability

@Suite struct MetricsRegistryTests {
    let registry = MetricsRegistry()

    @Test("metrics are ordered by name, each with its help and type") func exposition() {
        let gauge = registry.gauge("b_seconds", help: "A gauge.")
        let counter = registry.counter("a_total", help: "A counter.")
        gauge.set(0.25)
        counter.increment()
        counter.increment(by: 2)
        #expect(
            registry.exposition() == """
                # HELP a_total A counter.
                # TYPE a_total counter
                a_total 3
                # HELP b_seconds A gauge.
                # TYPE b_seconds gauge
                b_seconds 0.25

                """
        )
    }

    @Test("a family without members is left out, help and all") func emptyFamily() {
        let family = registry.counters("a_total", help: "A counter.", labels: ["code"])
        #expect(registry.exposition().isEmpty)
        family.with("200").increment()
        #expect(registry.exposition().hasSuffix("a_total{code=\"200\"} 1\n"))
    }

    @Test("label values are escaped, and members ordered by them") func labels() {
        let family = registry.gauges("a", help: "Back\\slash\nand line.", labels: ["x", "y"])
        family.with("b", "2").set(2)
        family.with("a\"\\\n", "1").set(1)
        #expect(
            registry.exposition() == """
                # HELP a Back\\\\slash\\nand line.
                # TYPE a gauge
                a{x="a\\"\\\\\\n",y="1"} 1
                a{x="b",y="2"} 2

                """
        )
    }

    @Test("buckets are cumulated, and their bounds are inclusive") func histogram() {
        let histogram = registry.histogram("h_seconds", help: "A histogram.", bounds: [0.5, 1])
        for value in [0.5, 0.6, 1, 7] { histogram.observe(value) }
        #expect(
            registry.exposition() == """
                # HELP h_seconds A histogram.
                # TYPE h_seconds histogram
                h_seconds_bucket{le="0.5"} 1
                h_seconds_bucket{le="1"} 3
                h_seconds_bucket{le="+Inf"} 4
                h_seconds_sum 9.1
                h_seconds_count 4

                """
        )
    }

    @Test("the same label values are the same member") func members() {
        let family = registry.histograms("h", help: "h", labels: ["f"], bounds: [1])
        family.with("x").observe(.milliseconds(500))
        family.with("x").observe(.seconds(2))
        #expect(family.with("x").current == .init(counts: [1, 1], sum: 2.5, count: 2))
    }

    @Test("a computed metric without a value is left out") func computed() {
        registry.computed("a", help: "a", kind: .gauge) { nil }
        registry.computed("b", help: "b", kind: .gauge) { .infinity }
        #expect(registry.exposition() == "# HELP b b\n# TYPE b gauge\nb +Inf\n")
    }

    @Test("counters never go down") func counters() {
        let counter = registry.counter("a_total", help: "a")
        counter.increment(by: -1)
        #expect(counter.value == 0)
    }

    @Test("increments from many tasks are all counted") func concurrency() async {
        let counter = registry.counter("a_total", help: "a")
        let gauge = registry.gauge("b", help: "b")
        let histogram = registry.histogram("c", help: "c", bounds: [1])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        gauge.add(1)
                        histogram.observe(1)
                    }
                }
            }
        }
        #expect(counter.value == 8_000)
        #expect(gauge.value == 8_000)
        #expect(histogram.current == .init(counts: [8_000, 0], sum: 8_000, count: 8_000))
    }

    @Test(
        "numbers are printed as Prometheus reads them",
        arguments: [
            (0.001, "0.001"), (1, "1"), (-3, "-3"), (1.024, "1.024"), (.nan, "NaN"), (-.infinity, "-Inf"),
            (1e300, "1e+300"),
            (1_795_256_026.6, "1795256026.6"),
        ] as [(Double, String)]
    )
    func numbers(number: Double, text: String) {
        #expect(number.exposition == text)
    }

    @Test("registering a name twice is a programming error") func duplicate() async {
        await #expect(processExitsWith: .failure) {
            let registry = MetricsRegistry()
            _ = registry.gauge("a", help: "a")
            _ = registry.gauge("a", help: "a")
        }
    }
}
