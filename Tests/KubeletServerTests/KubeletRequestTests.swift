import KubernetesAPI
import SeededTesting
import Testing

@testable import KubeletServer

/// What requests to a kubelet's server ask for.
@Suite struct KubeletRequestTests {
    private func parse(_ target: String, _ method: String = "GET") -> Result<KubeletRequest, KubeletRefusal> {
        Result { () throws(KubeletRefusal) in try KubeletRequest(method: method, target: target) }
    }

    private let web = KubeletRequest.ContainerName(namespace: "default", pod: "web-0", container: "app")

    @Test func `paths are those of upstream's kubelet`() throws {
        #expect(parse("/healthz") == .success(.health))
        #expect(parse("/metrics?x=1") == .success(.metrics))
        #expect(parse("/pods/") == .success(.pods))
        var options = LogOptions()
        (options.follow, options.previous, options.timestamps) = (true, true, true)
        (options.tailLines, options.limitBytes, options.sinceSeconds) = (0, 9, 60)
        let query = "follow=true&previous=1&timestamps=true&tailLines=0&limitBytes=9&sinceSeconds=60&other=1"
        #expect(parse("/containerLogs/default/web-0/app?\(query)") == .success(.logs(web, options)))
        options = LogOptions()
        options.sinceTime = Timestamp("2026-11-21T10:13:40Z")
        #expect(
            parse("/containerLogs/default/web-0/app?follow=False&previous=0&sinceTime=2026-11-21T10%3A13%3A40Z")
                == .success(.logs(web, options))
        )
        let command = ExecCommand(["sh", "-c", "echo a b; true"], hasInput: true, hasTerminal: true)
        var expected = command
        expected.hasErrors = false
        #expect(
            parse(
                "/exec/default/web-0/app?command=sh&command=-c&command=echo+a%20b%3B+true&input=1&output=1&error=1&tty=1"
            )
                == .success(.exec(web, expected))
        )
    }

    @Test(arguments: [
        ("/", 404), ("/nothing", 404), ("/pods/x", 404), ("/containerLogs/default/web", 404),
        ("/containerLogs/default/../app", 400), ("/containerLogs/default/%2e%2e/app", 400),
        ("/containerLogs/default/a%2Fb/app", 400), ("/containerLogs/default/web/.", 400),
        ("/containerLogs/default/web/-a", 400), ("/containerLogs/default/web/%00", 400),
        ("/containerLogs/default/web/app?tailLines=-1", 422), ("/containerLogs/default/web/app?tailLines=x", 422),
        ("/containerLogs/default/web/app?limitBytes=0", 422), ("/containerLogs/default/web/app?sinceSeconds=0", 422),
        ("/containerLogs/default/web/app?sinceTime=yesterday", 422),
        ("/containerLogs/default/web/app?sinceTime=2026-11-21T10:13:40Z&sinceSeconds=1", 422),
        ("/containerLogs/default/web/app?tailLines=99999999999999999999", 422),
        ("/exec/default/web/app", 400), ("/exec/default/web/app?command=", 400),
        ("/exec/default/web/app?command=ls", 400),
        ("/portForward/default/web", 501), ("/attach/default/web/app", 501),
    ])
    func `what cannot be done is refused`(_ target: String, _ status: Int) {
        guard case .failure(let refusal) = parse(target) else {
            Issue.record("\(target) was understood")
            return
        }
        #expect(refusal.status == status)
    }

    @Test func `only exec is posted`() {
        #expect(parse("/pods", "POST") == .failure(.methodNotAllowed))
        #expect(parse("/exec/default/web-0/app?command=ls&output=1", "DELETE") == .failure(.methodNotAllowed))
        guard case .success(.exec) = parse("/exec/default/web-0/app?command=ls&output=1", "POST") else {
            Issue.record("a posted exec was refused")
            return
        }
    }

    @Test func `no target is too strange to be answered`() {
        var random = SeededGenerator()
        let seed = "\(random)"
        let pieces = [
            "/", "exec", "containerLogs", "?", "&", "=", "%", "%2", "%ff", "default", "tailLines", "\u{1F600}", "-",
            ".", "0",
        ]
        for _ in 0..<20_000 {
            var target = ""
            for _ in 0..<Int.random(in: 0..<12, using: &random) { target += pieces.randomElement(using: &random) ?? "" }
            if case .failure(let refusal) = parse(target) {
                #expect((400..<600).contains(refusal.status), "\(target) \(seed)")
            }
        }
    }

    @Test func `options of logs survive being written as a query`() {
        var random = SeededGenerator()
        let seed = "\(random)"
        for _ in 0..<500 {
            var options = LogOptions()
            (options.follow, options.previous) = (Bool.random(using: &random), Bool.random(using: &random))
            options.timestamps = Bool.random(using: &random)
            if Bool.random(using: &random) { options.tailLines = Int.random(in: 0...(.max), using: &random) }
            if Bool.random(using: &random) { options.limitBytes = Int.random(in: 1...(.max), using: &random) }
            if Bool.random(using: &random) {
                options.sinceSeconds = Int.random(in: 1...(.max), using: &random)
            } else if Bool.random(using: &random) {
                options.sinceTime = Timestamp(seconds: Int64.random(in: 0...4_000_000_000, using: &random))
            }
            let read = Result { () throws(PodLogOptions.Problem) in
                try PodLogOptions(QueryParameters(options.query.text))
            }
            #expect(read == .success(options), "\(seed)")
        }
    }

    @Test func `any text survives being written as a query`() {
        var query = QueryParameters()
        query.append("command", "a b&c=d+%2F?#\u{0}\n\u{1F600}\"'")
        query.append("", "")
        query.append("command", "=&")
        #expect(QueryParameters(query.text) == query)
    }
}
