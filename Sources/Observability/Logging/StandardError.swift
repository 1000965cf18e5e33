import Glibc

/// Standard error without buffers: lines of several threads never mix, since each is one `write(2)`.
package enum StandardError {
    /// Writes the text; what cannot be written is lost, since there is nowhere left to complain.
    package static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(STDERR_FILENO, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if count > 0 {
                    offset += count
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
