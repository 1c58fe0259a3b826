import Runtime
import Testing

@Suite struct LearningRateTests {
    @Test func constantStays() {
        let rate = LearningRate(base: 0.1)
        #expect(rate.at(step: 0) == 0.1)
        #expect(rate.at(step: 1_000_000) == 0.1)
    }

    @Test func stepsDown() {
        let rate = LearningRate(base: 1, shape: .step(every: 10, factor: 0.5))
        #expect(rate.at(step: 9) == 1)
        #expect(rate.at(step: 10) == 0.5)
        #expect(rate.at(step: 29) == 0.25)
    }

    @Test func warmsUpAndFallsAsHalfACosine() {
        let rate = LearningRate(base: 1, shape: .cosine(warmUp: 4, minimum: 0.1, total: 104))
        #expect(rate.at(step: 0) == 0.2)
        #expect(rate.at(step: 3) == 0.8)
        #expect(rate.at(step: 4) == 1)
        #expect(abs(rate.at(step: 54) - 0.55) < 1e-6)
        #expect(rate.at(step: 103) > 0.1 && rate.at(step: 103) < 0.101)
        // A run that goes on past its end stays at the minimum.
        #expect(abs(rate.at(step: 500) - 0.1) < 1e-7)
        for step in 5..<104 { #expect(rate.at(step: step) < rate.at(step: step - 1)) }
    }

    @Test func degenerateLengthsDoNotTrap() {
        #expect(LearningRate(base: 1, shape: .step(every: 0, factor: 2)).at(step: 1) == 2)
        #expect(LearningRate(base: 1, shape: .cosine(warmUp: 0, minimum: 0, total: 0)).at(step: 0) == 1)
    }

    @Test func improvementCountsLooks() {
        var accuracy = Improvement(.accuracy, minimumDelta: 0.01)
        var took = accuracy.take(0.5)
        #expect(took)
        took = accuracy.take(0.505)
        #expect(!took)
        took = accuracy.take(.nan)
        #expect(!took)
        #expect(accuracy.looksSince == 2)
        took = accuracy.take(0.6)
        #expect(took)
        #expect(accuracy.looksSince == 0)
        var loss = Improvement(.loss)
        took = loss.take(2)
        #expect(took)
        took = loss.take(1)
        #expect(took)
        took = loss.take(1)
        #expect(!took)
    }
}
