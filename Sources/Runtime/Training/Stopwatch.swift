/// Seconds of training proper: stopped while something else is done.
struct Stopwatch {
    private let clock = ContinuousClock()
    private var total = Duration.zero
    private var started: ContinuousClock.Instant?

    var seconds: Double {
        let (whole, atto) = total.components
        return Double(whole) + Double(atto) * 1e-18
    }

    mutating func reset(to seconds: Double = 0) { total = .seconds(seconds) }
    mutating func start() { started = clock.now }
    mutating func stop() {
        if let started { total += clock.now - started }
        started = nil
    }
}

/// Time since a run began, of all processes that it went on in.
struct RunTime {
    private let clock = ContinuousClock()
    private var before = Duration.zero
    private var began: ContinuousClock.Instant?

    var elapsed: Duration { before + (began.map { clock.now - $0 } ?? .zero) }
    var seconds: Double { elapsed / .seconds(1) }

    mutating func begin() { began = began ?? clock.now }
    mutating func goOn(from seconds: Double) { before = .seconds(seconds) }
}
