import Diagnostics
import Estimate
import Runtime

/// Measures the machine, keeps what was measured, and gives it as a table.
///
/// - Parameter output: a file to write it to as well, for another machine.
public func calibrateText(output: String?, width: Int, console: Console = Console()) throws -> String {
    let clock = ContinuousClock(), start = clock.now
    let profile = try MachineProfile.measured()
    let seconds = (clock.now - start) / .seconds(1)
    showDiagnostics(profile.keep().map { [$0] } ?? [], on: console)
    if let output {
        do { try profile.write(to: output) } catch {
            throw CommandFailure([Diagnostic(.outputNotWritable, "cannot write `\(output)`: \((error as? FileError)?.reason ?? "\(error)")", at: .file(path: output))], code: CommandFailure.workCode)
        }
    }
    var text = profile.table(width: width) + "\nmeasured in \(Readable.seconds(seconds))\n"
    if profile.isDisturbed, let presence = profile.presence {
        text += "Other programs had the processor for \(Readable.decimal(100 * (1 - presence), digits: 0)) % of the time: measure again when the machine is idle.\n"
    }
    return text
}
