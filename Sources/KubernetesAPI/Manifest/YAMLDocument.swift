/// The body of a request in YAML.
package enum YAMLDocument {
    /// Why a text is not YAML.
    package struct Failure: Error, Equatable {
        /// The line, from 1.
        package var line: Int
        /// What is wrong.
        package var reason: String
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
}
