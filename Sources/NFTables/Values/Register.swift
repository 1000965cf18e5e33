/// A register of the rule machine: sixteen words of 32 bits, and one for verdicts.
///
/// A value longer than a word takes the words that follow. `nft` prints the words 0, 4, 8 and 12 as registers 1 to 4,
/// and the others as 9 to 23; ``kernelNumber`` is that number.
public struct Register: Sendable, Hashable {
    /// The kernel's number (`enum nft_registers`), in the form in which the kernel prints it.
    public let kernelNumber: UInt32

    private init(canonical number: UInt32) { kernelNumber = number }

    /// Where a verdict goes (`NFT_REG_VERDICT`): as destination of a look-up, the element's verdict is executed.
    public static let verdict = Register(canonical: 0)

    /// The data word of that index, 0 to 15. An index out of range is a mistake of the caller.
    public static func word(_ index: Int) -> Register {
        precondition((0..<16).contains(index), "a rule has 16 register words, there is no word \(index)")
        // NFT_REG_1...4 are 1...4 and name whole 16-byte registers; NFT_REG32_00 is 8.
        return Register(canonical: index % 4 == 0 ? UInt32(1 + index / 4) : UInt32(8 + index))
    }

    /// The register of a kernel number, nil where there is none. Two numbers may name one register: 1 and 8.
    public init?(kernelNumber number: UInt32) {
        switch number {
        case 0: self = .verdict
        case 1...4: self = .word(Int(number - 1) * 4)
        case 8...23: self = .word(Int(number - 8))
        default: return nil
        }
    }

    /// Index of the data word; nil for the verdict register.
    public var wordIndex: Int? {
        switch kernelNumber {
        case 0: nil
        case 1...4: Int(kernelNumber - 1) * 4
        default: Int(kernelNumber - 8)
        }
    }
}
