import Diagnostics
import Estimate

/// Everything that nnc advises on, in the order in which it is said.
private let allAdvice: [@Sendable (Adviser) -> [Diagnostic]] = [policiesThatDoNotPay, policiesWithLittleToSave, settingsThatSaveMore]

extension PreparedModel {
    /// What is worth knowing about the file's policies before it trains. Runs nothing, and measures nothing: it goes by `pace` where there is one.
    public var advice: [Diagnostic] { Adviser(self).map { adviser in allAdvice.flatMap { $0(adviser) } } ?? [] }

    /// What training should not begin without having been told.
    var warnings: [Diagnostic] { Adviser(self).map(policiesThatDoNotPay) ?? [] }
}

extension AdviceRecord {
    /// For tools; where it stands counts from 1.
    init(_ diagnostic: Diagnostic) {
        var place: (line: Int, column: Int)?
        if case .range(let range) = diagnostic.location { place = range.source.position(at: range.start) }
        self.init(
            id: diagnostic.kind.id, severity: diagnostic.severity.rawValue, line: place?.line, column: place?.column, message: diagnostic.message,
            help: diagnostic.help)
    }
}
