import JSON
import KubernetesAPI
import NIOCore
import NIOHTTP1
import Observability

/// Answers requests that are no upgrades.
struct KubeletResponder: Sendable {
    let pods: any PodAccess
    let metrics: KubeletMetrics

    typealias Writer = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

    /// Answers a request, and waits until all of the answer is on its way.
    func answer(_ request: KubeletRequest, _ head: HTTPRequestHead, _ writer: Writer) async throws {
        switch request {
        case .health:
            if let problem = await pods.problem() {
                try await send(500, "\(problem)\n", request.label, head, writer)
            } else {
                try await send(200, "ok", request.label, head, writer)
            }
        case .metrics:
            try await send(
                200,
                metrics.exposition(),
                type: MetricsRegistry.contentType,
                request.label,
                head,
                writer
            )
        case .pods:
            let list: JSONValue = [
                "kind": "PodList", "apiVersion": "v1", "metadata": [:], "items": .array(await pods.pods()),
            ]
            try await send(
                200,
                String(decoding: list.json, as: UTF8.self),
                type: "application/json",
                request.label,
                head,
                writer
            )
        case .logs(let container, let options):
            try await stream(container, options, head, writer)
        case .exec:
            try await refuse(KubeletGate.refusal(ofUpgrade: head), request.label, head, writer)
        }
    }

    /// Answers with a refusal.
    func refuse(
        _ refusal: KubeletRefusal,
        _ label: String,
        _ head: HTTPRequestHead,
        _ writer: Writer
    ) async throws {
        try await send(refusal.status, "\(refusal.message)\n", label, head, writer)
    }

    private func send(
        _ status: Int,
        _ text: String,
        type: String = "text/plain; charset=utf-8",
        _ label: String,
        _ request: HTTPRequestHead,
        _ writer: Writer
    ) async throws {
        metrics.count(label, code: status)
        let body = ByteBuffer(string: text)
        var head = Self.head(status, type, request)
        head.headers.add(name: "Content-Length", value: "\(body.readableBytes)")
        try await writer.write(.head(head))
        if request.method != .HEAD { try await writer.write(.body(.byteBuffer(body))) }
        try await writer.write(.end(nil))
    }

    private static func head(_ status: Int, _ type: String, _ request: HTTPRequestHead) -> HTTPResponseHead {
        var headers = HTTPHeaders([("Content-Type", type), ("X-Content-Type-Options", "nosniff")])
        if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
    }

    // MARK: Logs

    private func stream(
        _ container: KubeletRequest.ContainerName,
        _ options: LogOptions,
        _ request: HTTPRequestHead,
        _ writer: Writer
    ) async throws {
        let source: ByteSource
        do throws(PodAccessError) {
            source = try await pods.logs(
                namespace: container.namespace,
                pod: container.pod,
                container: container.container,
                options: options
            )
        } catch {
            return try await refuse(KubeletRefusal(error), "containerLogs", request, writer)
        }
        metrics.count("containerLogs", code: 200)
        // The head goes out at once: who follows a silent container is to know that it is there.
        try await writer.write(.head(Self.head(200, "text/plain; charset=utf-8", request)))
        if request.method != .HEAD {
            metrics.streams.add(1)
            defer { metrics.streams.add(-1) }
            var left = options.limitBytes ?? .max
            for try await piece in source {
                let part = piece.prefix(left)
                try await writer.write(.body(.byteBuffer(ByteBuffer(bytes: part))))
                left -= part.count
                if left == 0 { break }
            }
        }
        try await writer.write(.end(nil))
    }
}
