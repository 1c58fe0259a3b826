import Graph
import Kernels

/// Losses that are no numbers.
extension Trainer {
    func locate(epoch: Int, indices: Ints) -> NonFiniteReport {
        let losses = interpreter.trainLosses(indices.count)
        var first: Int?
        var bad = 0
        for index in 0..<indices.count where !losses[index].isFinite {
            first = first ?? index
            bad += 1
        }
        let found = interpreter.locateNonFinite(batch: indices.count)
        // Where all are bad, the weights are at fault, and naming one of them would mislead.
        let example = bad < indices.count ? first.map { Int(indices[$0]) } : nil
        return NonFiniteReport(
            epoch: epoch, step: step + 1, layer: found?.layer.map { interpreter.layers[$0] }, value: found?.value ?? "loss",
            example: example, split: nil)
    }

    /// In a step of a worker, whose memory others have written to since.
    func lost(_ epoch: Int, step: Int) -> NonFiniteReport {
        NonFiniteReport(epoch: epoch, step: step, layer: nil, value: "loss", example: nil, split: nil)
    }

    func lost(_ epoch: Int, _ split: SplitName) -> NonFiniteReport {
        NonFiniteReport(epoch: epoch, step: step, layer: nil, value: "loss", example: nil, split: split)
    }
}

extension Interpreter {
    var layers: [LayerInfo] { schedule.phases[0].train.graph.layers }
}
