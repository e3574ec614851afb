enum IncidentKind: String, Hashable, CaseIterable {
    /// The network falls in two.
    case halves
    /// Nothing gets from or to whoever is to propose next.
    case cutOffProposer
    /// Messages get through one way only.
    case oneWay
    /// A node's links come and go.
    case flapping
    /// Messages get lost, repeated, late and out of order.
    case storm
    /// A node crashes in the middle of its effects.
    case crash
    /// Several nodes crash together.
    case crashSeveral
    /// All nodes crash.
    case crashAll
    /// A node stands still for a while.
    case pause
    /// A node's disk is emptied.
    case emptied
    /// A node's disk is replaced by an old copy.
    case restored
    /// The end of what a node's disk holds is lost; the mark beside it tells.
    case truncated
    /// A node's clock is wrong.
    case skew
    /// A faulty validator begins to play misbehaviours.
    case byzantine
    /// A faulty validator's key and disk are copied to a second machine; later, its peers move
    /// from the one to the other.
    case clone
    /// A new node comes with nothing but the genesis.
    case join
    /// A node without a vote leaves for good.
    case leave
    /// The aggregator is away for hours of the market's time.
    case awayAggregator
    /// A household and the aggregator do not hear each other.
    case cutOffHousehold
    /// A household keeps what it should say of its trades to itself, or says what cannot be.
    case silentHousehold
    /// The aggregator does nothing for trades once they are paid.
    case silentAggregator

    static let ofNetwork: [IncidentKind] = [
        .halves, .halves, .cutOffProposer, .cutOffProposer, .oneWay, .flapping, .storm,
    ]
    static let ofNodes: [IncidentKind] = [
        .crash, .crash, .crash, .crashSeveral, .crashAll, .pause, .emptied, .restored,
        .truncated, .skew,
    ]
    static let ofFaultyValidators: [IncidentKind] = [
        .byzantine, .byzantine, .byzantine, .byzantine, .byzantine, .byzantine, .clone,
    ]
    static let ofMembership: [IncidentKind] = [.join, .leave]
    static let ofMarket: [IncidentKind] = [
        .awayAggregator, .cutOffHousehold, .cutOffHousehold, .silentHousehold, .silentHousehold,
        .silentHousehold, .silentAggregator,
    ]
}
