import Synchronization

/// Reports that wait to be taken: of each pod the latest, so that there are never more than pods.
final class ReportQueue: Sendable {
    private struct State {
        var order: [String] = []
        var reports: [String: PodReport] = [:]
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init() {
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The reports, one after the other; for one reader.
    var stream: AsyncStream<PodReport> {
        let arrivals = arrivals
        return AsyncStream {
            while true {
                if let report = self.take() { return report }
                var iterator = arrivals.makeAsyncIterator()
                if await iterator.next() == nil { return self.take() }
            }
        }
    }

    func put(_ report: PodReport) {
        state.withLock { state in
            var report = report
            if let old = state.reports[report.uid] {
                // What was not taken is told with the next.
                report.notes = Array((old.notes + report.notes).suffix(32))
            } else {
                state.order.append(report.uid)
            }
            state.reports[report.uid] = report
        }
        arrival.yield()
    }

    func finish() { arrival.finish() }

    private func take() -> PodReport? {
        state.withLock { state in
            guard !state.order.isEmpty else { return nil }
            return state.reports.removeValue(forKey: state.order.removeFirst())
        }
    }
}
