import Kernels

// The kernels as agreed, until they are there.

struct Conv2DShape {
    var batch, height, width, channels, outHeight, outWidth, filters, kernelHeight, kernelWidth, strideHeight, strideWidth, padTop, padLeft: Int
    func forwardScratch(threads: Int) -> Int { 0 }
    func backwardInputScratch(threads: Int) -> Int { 0 }
    func backwardWeightsScratch(threads: Int) -> Int { 0 }
}
struct Pool2DShape {
    var batch, height, width, channels, outHeight, outWidth, poolHeight, poolWidth, strideHeight, strideWidth, padTop, padLeft: Int
}
struct OptimizerSettings { var learningRate, momentum, beta1, beta2, rho, epsilon, weightDecay: Float; var iteration: Int }
struct RandomStream {
    enum Purpose { case dropout }
    init(seed: UInt64, purpose: Purpose, index: UInt64, iteration: UInt64) {}
    func uniform(at: Int) -> Float { 0 }
}
func conv2dForward(_ x: Floats, _ w: Floats, _ bias: Floats?, _ y: Floats, _ s: Conv2DShape, _ activation: ActivationFunction, _ scratch: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func conv2dBackwardInput(_ dy: Floats, _ w: Floats, _ dx: Floats, _ s: Conv2DShape, through: ActivationFunction, below: Floats?, _ scratch: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func conv2dBackwardWeights(_ x: Floats, _ dy: Floats, _ dw: Floats, _ dbias: Floats?, _ s: Conv2DShape, alpha: Float, beta: Float, _ scratch: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func maxPoolForward(_ x: Floats, _ y: Floats, _ indices: Bytes?, _ s: Pool2DShape, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func maxPoolBackward(_ dy: Floats, _ indices: Bytes, _ dx: Floats, _ s: Pool2DShape, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func averagePoolForward(_ x: Floats, _ y: Floats, _ s: Pool2DShape, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func averagePoolBackward(_ dy: Floats, _ dx: Floats, _ s: Pool2DShape, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func activationForward(_ f: ActivationFunction, _ x: Floats, _ y: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func activationBackward(_ f: ActivationFunction, _ saved: Floats, _ dy: Floats, _ dx: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func add(_ a: Floats, _ b: Floats, into c: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func copyColumns(_ from: Floats, fromColumns: Int, fromOffset: Int, _ to: Floats, toColumns: Int, toOffset: Int, columns: Int, rows: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func dropout(_ x: Floats, _ y: Floats, rate: Float, stream: RandomStream, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func batchNormForward(_ x: Floats, _ gamma: Floats, _ beta: Floats, _ movingMean: Floats, _ movingVariance: Floats, _ y: Floats, _ mean: Floats, _ inverseDeviation: Floats, rows: Int, channels: Int, momentum: Float, epsilon: Float, _ scratch: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func batchNormInference(_ x: Floats, _ gamma: Floats, _ beta: Floats, _ movingMean: Floats, _ movingVariance: Floats, _ y: Floats, rows: Int, channels: Int, epsilon: Float, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func batchNormBackward(_ x: Floats, _ dy: Floats, _ gamma: Floats, _ mean: Floats, _ inverseDeviation: Floats, _ dx: Floats, _ dgamma: Floats, _ dbeta: Floats, rows: Int, channels: Int, _ scratch: Floats, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func batchNormScratch(rows: Int, channels: Int) -> Int { preconditionFailure("the kernels are on their way") }
func softmax(_ x: Floats, _ y: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func softmaxBackward(_ y: Floats, _ dy: Floats, _ dx: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func softmaxCrossEntropyForward(_ logits: Floats, _ labels: Ints, _ losses: Floats, _ probabilities: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func softmaxCrossEntropyBackward(_ p: Floats, _ labels: Ints, scale: Float, _ dlogits: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func sigmoidCrossEntropyForward(_ logits: Floats, _ targets: Floats, _ losses: Floats, _ probabilities: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func sigmoidCrossEntropyBackward(_ p: Floats, _ targets: Floats, scale: Float, _ dlogits: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func meanSquaredErrorForward(_ x: Floats, _ targets: Floats, _ losses: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func meanSquaredErrorBackward(_ x: Floats, _ targets: Floats, scale: Float, _ dx: Floats, rows: Int, columns: Int, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func sgdUpdate(_ w: Floats, _ g: Floats, _ s: OptimizerSettings, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func momentumUpdate(_ w: Floats, _ g: Floats, _ v: Floats, _ s: OptimizerSettings, nesterov: Bool, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func adagradUpdate(_ w: Floats, _ g: Floats, _ a: Floats, _ s: OptimizerSettings, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func rmspropUpdate(_ w: Floats, _ g: Floats, _ a: Floats, _ s: OptimizerSettings, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
func adamUpdate(_ w: Floats, _ g: Floats, _ m: Floats, _ v: Floats, _ s: OptimizerSettings, decoupled: Bool, _ pool: WorkerPool) { preconditionFailure("the kernels are on their way") }
extension ActivationFunction { static var leakySlope: Float { 0.01 } }
