import ArgumentParser
import Lab

/// `trama lab down`.
struct LabDownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Take a cluster away with all that was made for it.",
        discussion: "Works after a crash and after a restart of the machine too. Succeeds where there is none."
    )

    @OptionGroup var name: LabName

    func run() async throws {
        let lab = try name.lab()
        try await LabOutput.failing {
            LabOutput.report(try await lab.down() ? "Lab \(lab.name) is gone." : "There is no lab \(lab.name).")
        }
    }
}
