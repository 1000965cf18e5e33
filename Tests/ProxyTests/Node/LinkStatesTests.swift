import Netlink
import Testing

@testable import Proxy

@Suite struct LinkStatesTests {
    private func link(_ flags: LinkFlags) -> Link { Link(index: 2, name: "eth0", flags: flags) }

    @Test func `only going up or down counts, not the many other changes of a link`() {
        var links = LinkStates()
        let told = [
            links.note(.link(link(.up))), links.note(.link(link([.up, .running]))),
            links.note(.link(link([]))), links.note(.link(link(.running))), links.note(.link(link(.up))),
        ]
        #expect(told == [false, false, true, false, true])
    }

    @Test func `a link that goes while it is up counts, one that was down does not`() {
        var links = LinkStates()
        let told = [
            links.note(.linkRemoved(link(.up))), links.note(.link(link([]))), links.note(.linkRemoved(link([]))),
            // Its number may come again.
            links.note(.link(link([]))),
        ]
        #expect(told == [true, true, false, true])
    }
}
