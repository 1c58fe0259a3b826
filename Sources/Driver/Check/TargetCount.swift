import Model

extension ModelFile {
    /// How many numbers the network puts out, as far as the layers say so: the units of the last dense layer.
    var outputCount: Int? {
        for layer in layers.reversed() {
            switch layer.kind {
            case .dense(let units, _, _, _): return units
            case .dropout, .batchNormalization, .activation, .flatten: continue
            default: return nil
            }
        }
        return nil
    }
}
