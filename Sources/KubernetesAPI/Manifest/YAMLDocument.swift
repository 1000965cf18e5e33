/// YAML that is no manifest: bodies of requests, and other files of ours.
package enum YAMLDocument {
    /// Why a text is not YAML.
    package struct Failure: Error, Equatable {
        /// The line, from 1.
        package var line: Int
        /// What is wrong.
        package var reason: String
    }

    /// A document as JSON that knows where it comes from.
    package struct Located: Sendable {
        /// The JSON.
        package let json: [UInt8]
        fileprivate let lines: LineTable

        /// The line of the file that a byte of the JSON comes from, from 1; of a value that hangs under a name, the
        /// name's.
        package func line(of offset: Int) -> Int { lines.line(of: offset) }
    }

    /// The first document of a text as JSON; nil where nothing stands in it.
    package static func json(of text: [UInt8]) throws(Failure) -> [UInt8]? {
        do {
            for document in YAMLText(text).documents {
                if let converted = try YAMLConverter.convert(document) { return converted.json }
            }
            return nil
        } catch {
            throw Failure(line: error.line, reason: error.reason)
        }
    }

    /// Every document of a text in which something stands, in order.
    package static func documents(of text: [UInt8]) throws(Failure) -> [Located] {
        var documents: [Located] = []
        do {
            for document in YAMLText(text).documents {
                guard let converted = try YAMLConverter.convert(document) else { continue }
                documents.append(Located(json: converted.json, lines: converted.lines))
            }
            return documents
        } catch {
            throw Failure(line: error.line, reason: error.reason)
        }
    }
}
