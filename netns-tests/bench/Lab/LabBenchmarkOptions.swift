import ArgumentParser

/// How much of a lab is measured.
struct LabBenchmarkOptions: ParsableArguments {
    @Option(help: "Labs of three nodes that are brought up, in lab.")
    var labStarts = 5

    @Option(help: "Pods that are started one after the other, in lab.")
    var labPods = 20

    @Option(help: "Changes of each kind, in lab.")
    var labChanges = 40

    @Option(help: "Nodes of the large lab, in lab; 0 leaves it out.")
    var rolloutNodes = 10

    @Option(help: "Pods of the large lab, in lab.")
    var rolloutPods = 300

    @Option(help: "GiB of memory that the large lab is left, in lab; 0 leaves it all there is.")
    var labMemory = 8

    @Flag(help: .hidden)
    var insideLab = false

    @Option(help: .hidden)
    var occupyBytes: Int?
}
