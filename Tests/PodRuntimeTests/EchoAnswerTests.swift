import Testing

@testable import PodLauncher

@Suite struct EchoAnswerTests {
    private let parties = EchoAnswer.Parties(hostName: "web-1", local: "10.1.0.5:80", client: "10.1.0.9:40000")

    private func answer(_ request: String, closing: Bool = false) -> (text: String, response: EchoAnswer.Response)? {
        guard let response = EchoAnswer.response(to: Array(request.utf8), parties, closing: closing) else { return nil }
        return (String(decoding: response.bytes, as: UTF8.self), response)
    }

    @Test func `HTTP is known by its first bytes`() {
        #expect(EchoAnswer.isHTTP(Array("GE".utf8)) == nil)
        #expect(EchoAnswer.isHTTP(Array("GET /".utf8)) == true)
        #expect(EchoAnswer.isHTTP(Array("hello".utf8)) == false)
    }

    @Test func `an answer says who and to whom`() throws {
        let (text, response) = try #require(answer("POST /x?y HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET"))
        #expect(text.hasSuffix("hostname=web-1 address=10.1.0.5:80 client=10.1.0.9:40000\nPOST /x\nabc"))
        #expect(response.consumed == 44)
        #expect(!response.closes)
    }

    @Test func `a request that is not whole is waited for`() {
        #expect(answer("GET / HTTP/1.1\r\n") == nil)
        #expect(answer("PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc") == nil)
    }

    @Test(arguments: [
        ("GET /status/503 HTTP/1.1\r\n\r\n", "HTTP/1.1 503 Service Unavailable"),
        ("GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK"), ("nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 413 Content Too Large"),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 413 Content Too Large"),
    ])
    func `paths choose the answer`(request: String, line: String) throws {
        #expect(try #require(answer(request)).text.hasPrefix(line))
    }

    @Test func `a server that ends closes its connections`() throws {
        #expect(try #require(answer("GET / HTTP/1.1\r\n\r\n", closing: true)).response.closes)
        #expect(try #require(answer("GET / HTTP/1.0\r\n\r\n")).response.closes)
    }

    @Test func `ports are given by number`() throws {
        #expect(try EchoOptions([]).ports == [8080])
        #expect(try EchoOptions(["80", "--drain", "5", "81"]).ports == [80, 81])
        #expect(throws: LauncherError.self) { try EchoOptions(["0"]) }
        #expect(throws: LauncherError.self) { try EchoOptions(["--drain", "x"]) }
    }
}
