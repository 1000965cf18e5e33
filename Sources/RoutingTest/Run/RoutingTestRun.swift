import Glibc
import LabNetwork
import Netlink

/// Runs test files one after the other, and says what came of them.
public struct RoutingTestRun: Sendable {
    private let options: RoutingTestOptions
    private let prepared: [PreparedTest]

    /// Reads all files, so that nothing is built for a run in which one cannot be understood.
    public init(_ options: RoutingTestOptions) throws(TestFileErrors) {
        var prepared: [PreparedTest] = []
        var errors: [TestFileError] = []
        for path in options.files {
            do throws(TestFileErrors) {
                prepared.append(try PreparedTest(path: path, filter: options.filter))
            } catch {
                errors += error.errors
            }
        }
        guard errors.isEmpty else { throw TestFileErrors(errors) }
        self.options = options
        self.prepared = prepared
    }

    /// How many flows there are to make.
    public var flowCount: Int { prepared.reduce(0) { $0 + $1.flows.count } }

    /// The flows that would be made, a line for each.
    public func list() -> String {
        var lines: [String] = []
        for test in prepared where !test.flows.isEmpty {
            lines.append(test.file.path)
            lines += test.flows.map { flow in
                "  \(flow.title)  (\(test.file.path):\(flow.line), \(flow.connections) connections)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Runs the tests and prints their tables.
    ///
    /// Whatever was built is gone when this returns, also where it throws or its task is cancelled, unless hosts are to be
    /// kept.
    ///
    /// - Parameter print: Gets the text for people, piece by piece.
    /// - Returns: Whether everything was as expected.
    /// - Throws: `NetlinkError` where the report cannot be written, `CancellationError`.
    public func run(print: @Sendable (String) -> Void) async throws -> Bool {
        Self.allowDescriptors()
        await Leftovers.removeStale()
        let clock = ContinuousClock()
        let start = clock.now
        let table = ResultTable(usesColor: options.usesColor)
        var results: [FileResult] = []
        for (number, test) in prepared.enumerated() where !test.flows.isEmpty {
            let session = TestSession(test, options, number: number + 1)
            let result = await session.run(print: print)
            try Task.checkCancellation()
            results.append(result)
            print(table.text(result))
        }
        print(table.summary(results, duration: clock.now - start))
        if let path = options.junit { try RunFolder.write(path, Array(JUnitReport.text(results).utf8)) }
        return results.allSatisfy(\.isRight)
    }

    /// Removes what earlier runs left: after crashes, and on purpose.
    public static func clean() async {
        await Leftovers.removeStale(alsoKept: true)
    }

    /// A socket for each port of each pod is more than the 1,024 descriptors that a program may usually have.
    private static func allowDescriptors() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
