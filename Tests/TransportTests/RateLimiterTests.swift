import Testing

@testable import Transport

@Suite struct RateLimiterTests {
    @Test func `each address has its own measure, and it fills again`() {
        let limiter = RateLimiter(perSecond: 10)
        let start = ContinuousClock.now
        #expect(limiter.allows("a", count: 20, at: start))
        #expect(!limiter.allows("a", at: start))
        #expect(limiter.allows("b", at: start))
        #expect(!limiter.allows("a", count: 11, at: start + .seconds(1)))
        #expect(limiter.allows("a", count: 10, at: start + .seconds(1)))
        #expect(!limiter.allows("a", count: 21, at: start + .seconds(1_000)))
    }

    @Test func `ten thousand addresses keep out no other`() {
        let limiter = RateLimiter(perSecond: 1)
        let start = ContinuousClock.now
        for address in 0..<20_000 { #expect(limiter.allows("\(address)", count: 2, at: start)) }
        #expect(limiter.allows("owner", at: start))
    }
}
