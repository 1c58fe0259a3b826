import Diagnostics
import Estimate
import Model
import Policies

public typealias DiagnosticFormat = Diagnostics.DiagnosticFormat

/// Checks files and shows what is wrong with them, and what to know about their policies; gives the exit code.
///
/// It measures nothing: where this machine was measured before, it goes by that.
public func checkFiles(_ files: [String], overrides: [String], format: DiagnosticFormat, console: Console) -> Int32 {
    var found: [Diagnostic] = []
    var failed = false
    let profile = MachineProfile.cached
    for file in files {
        let checked = checkModel(file, overrides: overrides, readsWeights: true)
        var prepared = checked.prepared
        if let profile, let own = prepared { prepared = (try? own.on(Pace(profile, threads: own.threads))) ?? own }
        // A base file that two of them share is at fault once.
        for diagnostic in checked.diagnostics + (prepared?.advice ?? []) where !found.contains(diagnostic) { found.append(diagnostic) }
        failed = failed || checked.prepared == nil
        if format == .text, checked.prepared != nil { console.write("\(file): fine\n", to: .results) }
    }
    if format == .text {
        showDiagnostics(found, on: console)
    } else {
        console.write(render(found, format: format), to: .results)
    }
    return failed ? CommandFailure.inputCode : 0
}

/// What `nnc explain` prints: one kind, or the list of all. Nil where there is no such id.
public func explanation(of id: String?) -> String? {
    guard let id else { return DiagnosticKind.all.map { "\($0.id)  \($0.title)\n" }.joined() }
    return explain(id)
}
