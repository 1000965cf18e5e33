import ArgumentParser
import Overlay

/// `trama overlay status`: how the overlay is on this host.
struct OverlayStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the overlay is on this host.",
        discussion: "Pages: \(StatusPage.allCases.map(\.rawValue).joined(separator: ", "))."
    )

    @Argument(
        help: ArgumentHelp("What to show. (default: summary)", valueName: "page"),
        transform: { text in
            guard let page = StatusPage(rawValue: text) else {
                throw ValidationError("\(text): must be one of \(StatusPage.allCases.map(\.rawValue))")
            }
            return page
        }
    )
    var page: StatusPage = .summary

    @Flag(help: "Print everything as JSON.")
    var json = false

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform(json ? "report" : "status", json ? [] : [page.rawValue]))
    }
}

/// `trama overlay report`: everything, as JSON.
struct OverlayReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Print everything that is known on this host, as JSON."
    )

    @OptionGroup var socket: SocketOptions

    func run() throws {
        show(try DaemonClient(socket: socket).perform("report"))
    }
}
