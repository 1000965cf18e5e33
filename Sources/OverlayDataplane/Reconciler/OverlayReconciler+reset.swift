import Addressing
import NFTables
import Netlink
import Synchronization

extension OverlayReconciler {
    /// Removes all that is ours from the kernel, and nothing else; also what another process left there.
    ///
    /// Settings under `/proc/sys` stay: what they were before is not known. The state is forgotten; the next
    /// ``apply(_:)`` begins anew.
    ///
    /// - Parameter vxlanDevice: The name of the pod network's device, where no state was applied.
    @discardableResult
    public func reset(vxlanDevice: String = "trama.vxlan") async throws(OverlayError) -> OverlayReport {
        await enter()
        defer { leave() }
        let device = model.desired.state?.node.vxlanDevice ?? vxlanDevice
        let ours = model
        var report = OverlayReport()
        do throws(NetlinkError) {
            // Routes first: until they are gone, packets are refused and not sent elsewhere.
            var requests: [RouteRequest] = []
            for family in [IPFamily.ipv4, .ipv6] {
                requests += try await network.routes(family: family, origin: .trama).map { .removeRoute($0) }
            }
            for link in try await network.links() {
                let isTunnel = link.name == device && link.kind.name == "vxlan"
                if isTunnel || OverlayLink.isMarked(link) || ours.owned.contains(.link(link.name)) {
                    requests.append(.deleteLink(link.index))
                }
            }
            // The WireGuard device is another's; what we put on it is not.
            if let device = ours.desired.state?.node.wireGuardDevice, let index = ours.index(of: device) {
                for case .address(link: device, let address, let length) in ours.actual.keys {
                    let address = InterfaceAddress(interface: index, address: address, prefixLength: length)
                    requests.append(.removeAddress(address))
                }
            }
            for failure in try await network.perform(requests) {
                guard let failure, !failure.isMissing else {
                    report.changes += 1
                    continue
                }
                report.problems.append(OverlayProblem(object: failure.operation, reason: "\(failure)"))
            }
        } catch {
            throw OverlayError(error)
        }
        var keeper = table
        do throws(TransactionError) {
            try await keeper.remove()
            report.changes += 1
        } catch {
            report.problems.append(OverlayProblem(object: "table \(OverlayTable.id)", reason: "\(error)"))
        }
        table = keeper
        let retries = RetrySchedule(firstPause: timing.firstPause, longestPause: timing.longestPause)
        model = KernelModel(grace: timing.grace, retries: retries)
        (lastComparison, hasReconciled, tableProblem) = (nil, false, nil)
        let problems = report.problems
        published.withLock { $0.problems = problems }
        return report
    }
}
