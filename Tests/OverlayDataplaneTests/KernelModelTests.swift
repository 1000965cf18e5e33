import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite struct KernelModelTests {
    /// A model that knows a kernel with those links, and what a state asks for.
    private func model(_ state: OverlayState, links: [Link] = []) -> KernelModel {
        var model = KernelModel()
        _ = model.update(to: state)
        take(links, into: &model)
        return model
    }

    private func take(_ links: [Link], addresses: [InterfaceAddress] = [], into model: inout KernelModel) {
        var dump = KernelModel.Dump()
        dump.links = links
        dump.addresses = addresses
        model.take(dump, now: .zero, isFirst: true)
    }

    private var network: OverlayState.Network {
        .init(name: "blue", vni: 50, prefixes: [], members: [Sample.id(2)])
    }

    /// Links of others with the name of the pod network's device.
    private static let foreign: [Link] = [
        Link(index: 9, name: "trama.vxlan", kind: .vxlan(.init(id: 77, port: 6784)), flags: .up),
        Link(index: 9, name: "trama.vxlan", kind: .vxlan(.init(id: 6784, port: 4789)), flags: .up),
        Link(index: 9, name: "trama.vxlan", kind: .bridge(.init()), flags: .up),
    ]

    @Test(arguments: foreign)
    func `a link that is not ours stays, with all that is on it, and is told`(link: Link) {
        var model = model(Sample.state())
        let address = InterfaceAddress(interface: 9, address: Sample.address("10.99.0.1"), prefixLength: 24)
        take([link], addresses: [address], into: &model)
        var steps: [KernelStep] = []
        for _ in 0..<3 {
            let next = model.plan(now: .zero)
            for step in next where step.key == .link("trama.vxlan") {
                model.conclude(step, NetlinkError(operation: "\(step.action)", errno: 17), now: .zero)
            }
            steps += next
        }
        let onIt = steps.filter { $0.key.link == "trama.vxlan" }
        #expect(onIt.map(\.key) == [.link("trama.vxlan")])
        #expect(onIt.allSatisfy { if case .refuse = $0.action { true } else { false } })
        #expect(model.retries.problems.map(\.object) == ["link trama.vxlan"])
        // Nothing for peers goes onto it.
        let key = KernelKey.route(Sample.prefix("10.32.2.0/24"), metric: 0)
        #expect(model.target(key) == .route(OverlayRoute(way: .unreachable)))
    }

    @Test func `a device that was ours is made anew, whatever takes its place`() {
        let own = Link(
            index: 9,
            name: "trama.vxlan",
            kind: .vxlan(.init(id: 6784, port: 6784)),
            flags: .up,
            address: LinkLayerAddress(bytes: [2, 0, 0, 0, 0, 1])
        )
        var model = model(Sample.state(), links: [own])
        #expect(model.isOurs(own))
        model.settled(.link("trama.vxlan"))
        for link in Self.foreign { #expect(model.isOurs(link)) }
    }

    @Test func `tunnels are not made while encryption is required and plain text not dropped`() {
        var state = Sample.state()
        state.node.encryption = .require
        state.networks = [network]
        var model = model(state)
        model.holdTunnels(true)
        #expect(Set(model.plan(now: .zero).filter(\.key.isLink).map(\.key)) == [.link("tb-50")])
        model.holdTunnels(false)
        let made = Set(model.plan(now: .zero).filter(\.key.isLink).map(\.key))
        #expect(made.contains(.link("trama.vxlan")), "\(made)")
        // What is there already goes nowhere new.
        let tunnel = Link(index: 9, name: "tv-50", kind: .vxlan(.init(id: 50)), flags: .up, alias: OverlayLink.alias)
        take([tunnel], into: &model)
        model.holdTunnels(true)
        for _ in 0..<3 {
            #expect(!model.plan(now: .zero).contains { $0.key.link == "tv-50" && !($0.action.isWrite) })
        }
        // What is not wanted any more goes.
        state.networks = []
        _ = model.update(to: state)
        #expect(model.plan(now: .zero).contains { $0.key == .link("tv-50") && $0.isRemoval })
    }
}

extension KernelStep.Action {
    fileprivate var isWrite: Bool { if case .write = self { true } else { false } }
}
