import Protocol

extension ContractABI {
    /// Validators: who decides on blocks.
    public static let validators = ValidatorsContract.abi
}

extension StateTable {
    static let ballot = StateTable("b") { _ in }
    static let validators = StateTable("v", of: ValidatorSet.self)
}

extension StateKey {
    /// Who decides on the next block.
    public static let validators = StateKey(.validators)
}

extension StateView {
    /// Who decides on the next block.
    func readValidators() -> ValidatorSet { record(at: .validators) ?? ValidatorSet([]) }
}

/// Validators: who decides on blocks. Votes on them have their place in the state, the table of
/// ballots, but no function yet.
enum ValidatorsContract: Contract {
    static let abi = ContractABI(
        name: "Validators", address: NativeContract.validators,
        functions: Function.table.definitions, events: [])

    static let tables: [StateTable] = [.ballot, .validators]

    enum Function: NativeFunction {
        case validators

        static let table = FunctionTable<Function>()

        var definition: ABIFunction {
            .view("validators", returns: ABIParameter("", .array(.address)))
        }
    }

    static func perform(
        _ function: Function, _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) -> [ABIValue] {
        [.array(run.overlay.readValidators().members.map { .address($0) })]
    }

    static func check(_ genesis: Genesis) throws(GenesisError) {
        let validators = genesis.members.filter { $0.role == .validator }
        guard !validators.isEmpty else { throw GenesisError("no member is a validator") }
        guard validators.count <= Limits.validators else {
            throw GenesisError(
                "\(validators.count) validators are more than \(Limits.validators)")
        }
        if let suspended = validators.first(where: \.isSuspended) {
            throw GenesisError("validator \(suspended.account) is suspended")
        }
    }

    static func begin(_ genesis: Genesis, in overlay: inout StateOverlay) {
        overlay.set(.validators, genesis.validators)
    }
}
