/// The text of a YAML file, cut into documents.
///
/// It is cut at its lines of `---` and `...`, which can stand nowhere else in YAML, not even inside of quotes (YAML
/// 1.2, 9.1.2), so that a document which is no YAML does not hide the others.
struct YAMLText {
    /// A document, with its `---`.
    struct Document {
        /// Its text.
        var bytes: ArraySlice<UInt8>
        /// The line of the file on which it begins, from 1.
        var line: Int
    }

    /// The documents, in order; some may be empty.
    let documents: [Document]

    /// Cuts a file.
    init(_ file: [UInt8]) {
        var documents: [Document] = []
        let hasByteOrderMark = file.starts(with: [0xef, 0xbb, 0xbf])
        var current = Document(bytes: file[(hasByteOrderMark ? 3 : 0)..<file.endIndex], line: 1)
        // Whether the document has anything but comments and directives, which belong to the `---` after them.
        var hasContent = false
        var lineStart = current.bytes.startIndex
        var lineNumber = 1
        while lineStart < file.endIndex {
            let lineEnd = file[lineStart...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? file.endIndex
            let line = file[lineStart..<lineEnd]
            if Self.isMarker("---", line) {
                if hasContent {
                    documents.append(Document(bytes: file[current.bytes.startIndex..<lineStart], line: current.line))
                    current = Document(bytes: file[lineStart...], line: lineNumber)
                }
                hasContent = true
            } else if Self.isMarker("...", line) {
                documents.append(Document(bytes: file[current.bytes.startIndex..<lineEnd], line: current.line))
                current = Document(bytes: file[lineEnd...], line: lineNumber + 1)
                hasContent = false
            } else if !Self.isBlank(line) {
                hasContent = true
            }
            lineStart = lineEnd
            lineNumber += 1
        }
        documents.append(current)
        self.documents = documents
    }

    private static func isMarker(_ marker: StaticString, _ line: ArraySlice<UInt8>) -> Bool {
        let length = marker.utf8CodeUnitCount
        guard line.count >= length, marker.withUTF8Buffer({ line.prefix(length).elementsEqual($0) }) else {
            return false
        }
        guard let next = line.dropFirst(length).first else { return true }
        return next == 0x20 || next == 0x09 || next == 0x0a || next == 0x0d
    }

    /// Whether a line has no content: nothing, a comment, or a directive.
    private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
        if line.first == UInt8(ascii: "%") { return true }
        let content = line.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }
        return content == nil || content == UInt8(ascii: "#")
    }
}
