import Diagnostics
import Graph

/// What ends a command, and the exit code that says so.
public struct CommandFailure: Error {
    public var diagnostics: [Diagnostic]
    public var code: Int32

    /// A model file or its data are wrong.
    public static let inputCode: Int32 = 2
    /// The work itself failed.
    public static let workCode: Int32 = 1
    /// Stopped by a signal, after saving.
    public static let interruptedCode: Int32 = 130

    public init(_ diagnostics: [Diagnostic], code: Int32) {
        self.diagnostics = diagnostics
        self.code = code
    }

    /// Diagnostics that were thrown are about the file or the data; anything else is a fault of nnc itself.
    public init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as DiagnosticError: self.init(error.diagnostics, code: Self.inputCode)
        case let fault as GraphFault:
            self.init([Diagnostic(.internalFault, fault.description, at: .nowhere)], code: Self.workCode)
        default:
            self.init([Diagnostic(.internalFault, String(describing: error), at: .nowhere)], code: Self.workCode)
        }
    }

    /// Shows the diagnostics on standard error and gives the exit code.
    public func show(on console: Console) -> Int32 {
        showDiagnostics(diagnostics, on: console)
        return code
    }
}

/// Shows diagnostics on standard error.
func showDiagnostics(_ diagnostics: [Diagnostic], on console: Console) {
    guard !diagnostics.isEmpty else { return }
    console.write(render(diagnostics, colour: console.usesColour(.messages), width: console.width(.messages)), to: .messages)
}
