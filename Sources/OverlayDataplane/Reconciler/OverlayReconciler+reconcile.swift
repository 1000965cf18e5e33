import Addressing
import NFTables
import Netlink
import Synchronization

extension OverlayReconciler {
    /// Most rounds of one call: links, their settings, links again, what is on them, what turned out meanwhile.
    private static var roundLimit: Int { 12 }

    /// Makes the kernel as it is wanted, as far as it can be at present.
    ///
    /// - Parameters:
    ///   - intended: Objects that are wanted otherwise than before; any other difference is a repair.
    ///   - isApplying: Whether a new state asks for it.
    func reconcile(intended: Set<KernelKey>, isApplying: Bool) async throws(OverlayError) -> OverlayReport {
        var report = OverlayReport()
        do throws(NetlinkError) {
            try listen()
            if lastComparison == nil { try await compare() }
            await settleTable(intended: isApplying, &report)
            model.holdTunnels(!table.isGuarding)
            await endOldConnections()
            var repaired: Set<KernelKey> = []
            for _ in 0..<Self.roundLimit {
                let steps = model.plan(now: now)
                guard !steps.isEmpty else { break }
                if hasReconciled { count(steps, intended: intended, &repaired) }
                try await perform(steps, &report)
                try listen()
                if lastComparison == nil { try await compare() }
            }
        } catch {
            // What was done and what not is to be read.
            lastComparison = nil
            publish()
            throw OverlayError(error)
        }
        hasReconciled = true
        report.problems = publish()
        // The watch looks at its deadlines again.
        if isApplying { wake.signal() }
        return report
    }

    /// Tells what is wrong at present.
    @discardableResult
    private func publish() -> [OverlayProblem] {
        let problems =
            model.retries.problems + model.desired.problems + [tableProblem, connectionProblem].compactMap(\.self)
        published.withLock { $0.problems = problems }
        return problems
    }

    // MARK: Reading

    /// Takes what happened into the picture.
    func listen() throws(NetlinkError) {
        let moment = now
        let isWhole = try changes.drain { model.take($0, now: moment) }
        if model.isAmbiguous { lastComparison = nil }
        guard !isWhole else { return }
        lastComparison = nil
        published.withLock { $0.counters.overruns += 1 }
    }

    /// Reads everything and takes it into the picture.
    func compare() async throws(NetlinkError) {
        published.withLock { $0.counters.comparisons += 1 }
        lastComparison = now
        var dump = KernelModel.Dump()
        dump.links = try await network.links()
        let indices = Dictionary(dump.links.map { ($0.name, $0.index) }, uniquingKeysWith: { first, _ in first })
        for (key, entry) in model.desired.entries {
            guard case .link(let name) = key, case .link(let link) = entry.object, case .vxlan = link.kind,
                let index = indices[name]
            else { continue }
            dump.forwardingEntries += try await network.forwardingEntries(interface: index)
        }
        if let device = model.desired.state?.node.vxlanDevice, let index = indices[device] {
            for family in [IPFamily.ipv4, .ipv6] {
                dump.addresses += try await network.addresses(family: family, interface: index)
                dump.neighbours += try await network.neighbours(family: family, interface: index)
            }
        }
        if let device = model.desired.state?.node.wireGuardDevice, let index = indices[device] {
            dump.addresses += try await network.addresses(family: .ipv4, interface: index)
        }
        for family in [IPFamily.ipv4, .ipv6] {
            dump.routes += try await network.routes(family: family, origin: .trama)
        }
        for key in model.desired.entries.keys {
            guard case .sysctl(let path, _) = key else { continue }
            dump.sysctls[path] = readSetting(path)
        }
        model.take(dump, now: now, isFirst: !hasReconciled)
        // What happened while it was read, in its order; the last word on each object is right.
        try listen()
    }

    /// The value of a setting; nil where it cannot be read, as its link is not there.
    private func readSetting(_ path: String) -> String? {
        do throws(NetlinkError) {
            let value = try Sysctl.read(path: path, in: namespace)
            guard path.hasSuffix("/rp_filter"), value != "1" else { return value }
            // Of the link's setting and that of all links the greater one holds. All that is wanted is that it is not
            // the strict one (1); none at all (0) is as good, and spares each packet a look-up of the way back.
            return try Sysctl.read(path: "net/ipv4/conf/all/rp_filter", in: namespace) == "1" ? value : "2"
        } catch {
            return nil
        }
    }

    // MARK: Changing

    /// Carries out steps, in their order.
    private func perform(_ steps: [KernelStep], _ report: inout OverlayReport) async throws(NetlinkError) {
        model.forgetTouched()
        var failures: [NetlinkError?] = []
        var pending: [RouteRequest] = []
        for step in steps {
            switch step.action {
            case .request(let request):
                pending.append(request)
                continue
            case .write, .refuse:
                failures += try await send(&pending)
            }
            if case .write(let path, let value) = step.action {
                failures.append(writeSetting(path, value, step.key))
            } else if case .refuse(let reason) = step.action {
                failures.append(NetlinkError(operation: reason, errno: 17))  // EEXIST
            }
        }
        failures += try await send(&pending)
        try listen()
        let moment = now
        for (step, failure) in zip(steps, failures) { model.conclude(step, failure, now: moment) }
        let refused = zip(steps, failures).count { $0.isRemoval ? $1?.isMissing == false : $1 != nil }
        report.changes += steps.count - refused
        published.withLock {
            $0.counters.changes += UInt64(steps.count)
            $0.counters.refusals += UInt64(refused)
        }
    }

    private func send(_ requests: inout [RouteRequest]) async throws(NetlinkError) -> [NetlinkError?] {
        guard !requests.isEmpty else { return [] }
        defer { requests = [] }
        return try await network.perform(requests)
    }

    /// Writes a setting, unless it is as it must be, and reads it again.
    private func writeSetting(_ path: String, _ value: String, _ key: KernelKey) -> NetlinkError? {
        do throws(NetlinkError) {
            if path == OverlayPlanner.forwarding6, value == "1" { try keepRouters() }
            if readSetting(path) != value { try Sysctl.write(path: path, value, in: namespace) }
            let written = try Sysctl.read(path: path, in: namespace)
            model.set(key, .sysctl(readSetting(path) ?? written))
            return nil
        } catch {
            // A kernel without IPv6 has none of its settings, and needs none.
            guard error.isMissing, path.hasPrefix("net/ipv6/") else { return error }
            model.set(key, .sysctl(value))
            return nil
        }
    }

    /// Lets links go on taking their routers' advertisements, which they do not when the host forwards: it would lose its
    /// default route at once.
    private func keepRouters() throws(NetlinkError) {
        for link in model.outerLinks {
            let settings = "net/ipv6/conf/\(link)/"
            guard readSetting(settings + "accept_ra") == "1", readSetting(settings + "forwarding") == "0" else {
                continue
            }
            do throws(NetlinkError) {
                try Sysctl.write(path: settings + "accept_ra", "2", in: namespace)
            } catch {
                // The link may be gone by now.
                guard error.isMissing else { throw error }
            }
        }
    }

    // MARK: The table

    /// Makes the nftables table as it is wanted.
    private func settleTable(intended: Bool, _ report: inout OverlayReport) async {
        guard !table.isSettled, intended || now >= tableNotBefore else { return }
        var table = table
        do throws(TransactionError) {
            let outcome = try await table.settle()
            tableProblem = nil
            report.changes += outcome.transactions
            published.withLock { published in
                published.counters.changes += UInt64(outcome.transactions)
                if let cause = outcome.repair { published.counters.repairs[cause, default: 0] += 1 }
            }
        } catch {
            tableProblem = OverlayProblem(object: "table \(OverlayTable.id)", reason: "\(error)")
            tableNotBefore = now + timing.firstPause * 4
            published.withLock { $0.counters.refusals += 1 }
        }
        self.table = table
    }

    /// Ends connections into tunnels that were there before the rules, or before a peer.
    private func endOldConnections() async {
        guard var connections = table.connectionsToEnd else { return }
        do throws(NetlinkError) {
            connections.ends.formUnion(try await network.addresses().map(\.address))
            try await connections.end(in: namespace)
            table.noteConnectionsEnded()
            connectionProblem = nil
        } catch {
            connectionProblem = OverlayProblem(object: "connections into tunnels", reason: "\(error)")
        }
    }

    // MARK: Counting

    /// Counts what was not as we left it.
    private func count(_ steps: [KernelStep], intended: Set<KernelKey>, _ repaired: inout Set<KernelKey>) {
        let moment = now
        for step in steps where !intended.contains(step.key) && !model.retries.hasProblem(step.key) {
            guard repaired.insert(step.key).inserted, !model.excused.contains(step.key) else { continue }
            let cause = model.cause(of: step)
            model.retries.repaired(step.key, now: moment)
            published.withLock { $0.counters.repairs[cause, default: 0] += 1 }
        }
    }
}
