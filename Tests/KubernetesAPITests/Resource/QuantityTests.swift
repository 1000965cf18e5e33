import KubernetesAPI
import Testing

@Suite("Quantity")
struct QuantityTests {
    @Test(
        "Amounts are read in thousandths",
        arguments: [
            ("1", 1000), ("250m", 250), ("1.5", 1500), ("0.0001", 1), ("128Mi", 134_217_728_000), ("1e3", 1_000_000),
            ("2k", 2_000_000), ("-1", -1000), ("100n", 1), (".5", 500), ("1Ei", Int64.max), ("1E2", 100_000),
        ] as [(String, Int64)]
    )
    func amounts(text: String, thousandths: Int64) {
        #expect(Quantity(text)?.thousandths == thousandths)
    }

    @Test("What is no amount is refused", arguments: ["", "m", "1 ", "1mm", "1e", "1e99", "--1", "1.2.3", "1i", "0x1"])
    func refusals(text: String) {
        #expect(Quantity(text) == nil)
    }
}
