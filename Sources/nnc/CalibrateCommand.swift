import ArgumentParser
import Driver

struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate", abstract: "Measures how fast this machine does each kind of work, and keeps it for predictions.",
        discussion: "It is kept in $XDG_CACHE_HOME/nnc or ~/.cache/nnc. Commands that predict seconds do this by themselves the first time.")

    @Option(help: "A file to write it to as well: `--profile FILE` predicts from it on another machine.", completion: .file(extensions: ["json"]))
    var output: String?

    func run() throws {
        try reporting { Console().write(try calibrateText(output: output, width: Console().width(.results)), to: .results) }
    }
}

/// What commands that predict seconds take.
struct ProfileArguments: ParsableArguments {
    @Option(help: "Predicts the seconds of the machine that `nnc calibrate --output FILE` has measured, instead of this one's.", completion: .file(extensions: ["json"]))
    var profile: String?

    var choice: ProfileChoice { profile.map { .file($0) } ?? .machine }
}
