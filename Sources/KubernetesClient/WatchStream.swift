import AsyncHTTPClient
import JSON
public import KubernetesAPI
import NIOCore

/// The events of one watch, read one at a time: a slow reader slows the server down.
///
/// Dropping the stream ends the watch.
public struct WatchStream<Object: KubernetesObject> {
    /// What came.
    public enum Element: Sendable {
        /// An event.
        case event(WatchEvent<Object>)
        /// An event whose object cannot be read.
        case unreadable(ObjectError)
    }

    /// The longest event that is accepted, in bytes. Objects are at most 3 MiB in the API server.
    static var eventLimit: Int { 16 << 20 }

    private var chunks: HTTPClientResponse.Body.AsyncIterator
    private var lines: LineSplitter
    private let summary: String

    init(body: HTTPClientResponse.Body, summary: String) {
        chunks = body.makeAsyncIterator()
        lines = LineSplitter(limit: Self.eventLimit)
        self.summary = summary
    }

    /// Returns the next event; nil where the server ended the watch in good order.
    ///
    /// - Throws: Where the connection broke, even in the middle of an event.
    public mutating func next() async throws(ClientError) -> Element? {
        while true {
            do {
                if let line = try lines.next() { return element(line) }
            } catch {
                throw .undecodable(request: summary, reason: "an event is larger than \(error.limit) bytes")
            }
            do {
                guard let chunk = try await chunks.next(isolation: #isolation) else { break }
                lines.append(chunk.readableBytesView)
            } catch {
                throw ClientError(error, request: summary)
            }
        }
        guard !lines.endsInsideLine else {
            throw .transport(request: summary, reason: "the watch ended in the middle of an event")
        }
        return nil
    }

    private func element(_ line: [UInt8]) -> Element {
        var reader = JSONReader(line)
        do {
            return .event(try WatchEvent<Object>(from: &reader))
        } catch {
            return .unreadable(error)
        }
    }
}
