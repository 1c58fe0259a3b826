import Datasets
import Diagnostics
import Estimate
import Kernels
import Model
import Runtime

extension Split: ExampleSource {
    public func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool) {
        assemble(indices, features: batch.features, places: batch.places, labels: batch.labels, targets: batch.targets, pool: pool)
    }
}

/// The data of a run, checked and in memory.
struct LoadedData {
    let dataset: Dataset

    var train: Split { dataset.train }
    var validation: Split? { dataset.validation }
    var test: Split? { dataset.test }
    var bytes: Int { dataset.byteCount }
    var counts: SplitCounts { SplitCounts(train: train.count, validation: validation?.count ?? 0, test: test?.count ?? 0) }

    var record: RunRecord.Data {
        RunRecord.Data(
            files: dataset.files.map { RunRecord.DataFile(path: $0.path, bytes: $0.byteCount, sha256: $0.sha256) },
            trainExamples: counts.train, validationExamples: counts.validation, testExamples: counts.test)
    }
}

func loadData(_ prepared: PreparedModel, console: Console) throws(DiagnosticError) -> LoadedData {
    guard let data = prepared.model.data else {
        throw DiagnosticError(Diagnostic(.noData, "there are no data to train on", at: .nowhere, help: ["add a `data:` block"]))
    }
    let dataset = try Dataset.open(DataRequest(prepared.model, data))
    // The plans were made for the longest examples that the check saw.
    guard prepared.description.fits(dataset) else {
        throw DiagnosticError(Diagnostic(.unreadableDataFile, "the data have changed since they were looked at", at: data.location, help: ["start again"]))
    }
    showDiagnostics(dataset.warnings, on: console)
    return LoadedData(dataset: dataset)
}
