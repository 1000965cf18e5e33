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
