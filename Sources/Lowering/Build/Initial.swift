import Graph
import Model
import Ops

extension Initializer {
    /// Keras's definitions: variance 2/fan_in (He), 2/(fan_in + fan_out) (Glorot), 1/fan_in (LeCun).
    func initial(fanIn: Int, fanOut: Int) -> Initial {
        let fanIn = Double(max(1, fanIn)), fanOut = Double(max(1, fanOut))
        return switch self {
        case .zeros: .constant(0)
        case .ones: .constant(1)
        case .heNormal: .truncatedNormal(deviation: Float((2 / fanIn).squareRoot()))
        case .heUniform: .uniform(limit: Float((6 / fanIn).squareRoot()))
        case .glorotNormal: .truncatedNormal(deviation: Float((2 / (fanIn + fanOut)).squareRoot()))
        case .glorotUniform: .uniform(limit: Float((6 / (fanIn + fanOut)).squareRoot()))
        case .lecunNormal: .truncatedNormal(deviation: Float((1 / fanIn).squareRoot()))
        case .lecunUniform: .uniform(limit: Float((3 / fanIn).squareRoot()))
        }
    }
}

extension Padding {
    var window: WindowPadding { self == .same ? .same : .valid }
}
