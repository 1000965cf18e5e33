import ArgumentParser
import Glibc
import Testing

@testable import trama

@Suite struct ReadmeFlagTests {
    /// The commands whose flags have tables in the README that are written from their help.
    private static let commands: [any ParsableCommand.Type] =
        [NodeCommand.self, DNSCommand.self, TestCommand.self] + LabCommand.configuration.subcommands

    @Test(arguments: commands.indices)
    func `the README has every flag of a command`(index: Int) throws {
        let command = Self.commands[index]
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let readme = try #require(Self.text(of: "/\(folder)/README.md"))
        // A table's cells escape what divides them.
        let plain = readme.split(separator: "\\|", omittingEmptySubsequences: false).joined(separator: "|")
        let help = command.helpMessage(columns: 400)
        let lines = help.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("-") }
        #expect(!lines.isEmpty)
        for line in lines {
            let words = line.split(separator: " ")
            for word in words.prefix(while: { $0.hasPrefix("-") }) {
                let flag = word.last == "," ? word.dropLast() : word
                guard !["--help", "-h", "--version"].contains(flag) else { continue }
                #expect(plain.contains("`\(flag)") || plain.contains(" \(flag)"), "\(command): \(flag)")
            }
        }
    }

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
