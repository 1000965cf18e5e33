import JSON
import Testing

@testable import APIRegistry

/// Amounts are read and written as upstream does.
@Suite("Amounts of resources")
struct ResourceQuantityTests {
    @Test(
        "an amount is written with the largest suffix that leaves a whole number",
        arguments: [
            ("0", "0"), ("1", "1"), ("1000m", "1"), ("0.5", "500m"), ("1.5", "1500m"), ("1000", "1k"), ("1k", "1k"),
            ("1024Mi", "1Gi"), ("1Gi", "1Gi"), ("1500Mi", "1500Mi"), ("0.5Gi", "512Mi"), ("512", "512"), ("1e3", "1e3"),
            ("100n", "100n"), ("0.1n", "1n"), ("-250m", "-250m"), ("+1", "1"), (".5", "500m"), ("5.", "5"),
            ("2Ti", "2Ti"),
            ("1E", "1E"), ("128974848", "128974848"), ("129e6", "129e6"), ("123Mi", "123Mi"),
        ]
    )
    func canonical(text: String, canonical: String) { #expect(ResourceQuantity(text)?.text == canonical) }

    @Test("what is no amount is none", arguments: ["", ".", "a", "1x", "1.2.3", "--1", "1 ", "1mi", "e3", "1e", "0x1"])
    func refused(text: String) { #expect(ResourceQuantity(text) == nil) }

    @Test("amounts of any size are compared, and none overflows")
    func order() throws {
        let texts = ["-1", "0", "1n", "1m", "1", "1Ki", "1M", "1Mi", "1E"]
        let amounts = texts.compactMap { ResourceQuantity($0) }
        #expect(amounts == amounts.sorted())
        let huge = try #require(ResourceQuantity("99999999999999999999999999999E"))
        #expect(huge > (try #require(ResourceQuantity("1Ei"))))
        #expect(ResourceQuantity("1e9999") == huge)
        #expect(ResourceQuantity("1e-9999")?.billionths == 1)
        #expect(ResourceQuantity(.number("2")) == ResourceQuantity("2000m"))
    }
}
