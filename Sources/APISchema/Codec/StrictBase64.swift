/// Reads base64 (RFC 4648, section 4) as strictly as Go does, and says where a text goes wrong.
enum StrictBase64 {
    /// The first byte of the text that should not be there.
    struct Failure: Error, Equatable {
        var offset: Int
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// The value of each character; 0xff for those that have none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The bytes that the text means; line breaks in it are skipped, as Go skips them.
    static func decode(_ text: String) -> Result<[UInt8], Failure> {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var buffer: UInt32 = 0
        var count = 0
        var padding = 0
        for (offset, character) in text.utf8.enumerated() {
            if character == UInt8(ascii: "\n") || character == UInt8(ascii: "\r") { continue }
            if character == UInt8(ascii: "=") {
                padding += 1
                guard count + padding <= 4, count >= 2 else { return .failure(Failure(offset: offset)) }
                continue
            }
            let value = values[Int(character)]
            guard value != 0xff, padding == 0 else { return .failure(Failure(offset: offset)) }
            buffer = buffer << 6 | UInt32(value)
            count += 1
            if count == 4 {
                bytes.append(UInt8(truncatingIfNeeded: buffer >> 16))
                bytes.append(UInt8(truncatingIfNeeded: buffer >> 8))
                bytes.append(UInt8(truncatingIfNeeded: buffer))
                buffer = 0
                count = 0
            }
        }
        guard count == 0 && padding == 0 || count + padding == 4 else {
            return .failure(Failure(offset: text.utf8.count))
        }
        if count >= 2 { bytes.append(UInt8(truncatingIfNeeded: buffer >> (count == 3 ? 10 : 4))) }
        if count == 3 { bytes.append(UInt8(truncatingIfNeeded: buffer >> 2)) }
        return .success(bytes)
    }
}
