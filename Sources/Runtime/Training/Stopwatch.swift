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

/// Keeps what is done again and again from taking more than a twentieth of the time.
struct Pause {
    /// The least time between two.
    let least: Double?
    private var next: Duration?

    init(least: Double?) { self.least = least }

    func isOver(_ now: Duration) -> Bool { next.map { now >= $0 } ?? true }

    mutating func took(_ cost: Duration, until now: Duration) {
        guard let least else { return }
        next = now + max(.seconds(least), cost * 20)
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
