import Protocol

/// The functions of EnergyToken: ERC-20, the exchange's two, and those for ordering tokens.
enum TokenFunction: NativeFunction {
    case name
    case symbol
    case decimals
    case totalSupply
    case balanceOf
    case transfer
    case approve
    case allowance
    case transferFrom
    case mint
    case burn
    case purchaseTokens
    case cancelPurchase
    case sellTokens
    case declinePurchase
    case tokenPurchase

    static let table = FunctionTable<TokenFunction>()

    var definition: ABIFunction {
        let amount = ABIParameter("amount", .uint(256))
        let to = ABIParameter("to", .address)
        let owner = ABIParameter("owner", .address)
        let spender = ABIParameter("spender", .address)
        let reference = ABIParameter("reference", .string)
        let text = ABIParameter("", .string)
        let number = ABIParameter("", .uint(256))
        let done = [ABIParameter("", .bool)]
        switch self {
        case .name: return .view("name", returns: text)
        case .symbol: return .view("symbol", returns: text)
        case .decimals: return .view("decimals", returns: ABIParameter("", .uint(8)))
        case .totalSupply: return .view("totalSupply", returns: number)
        case .balanceOf:
            return .view("balanceOf", [ABIParameter("account", .address)], returns: number)
        case .transfer: return ABIFunction("transfer", [to, amount], returns: done)
        case .approve: return ABIFunction("approve", [spender, amount], returns: done)
        case .allowance: return .view("allowance", [owner, spender], returns: number)
        case .transferFrom:
            return ABIFunction(
                "transferFrom", [ABIParameter("from", .address), to, amount], returns: done)
        case .mint: return ABIFunction("mint", [to, amount, reference])
        case .burn: return ABIFunction("burn", [amount, reference])
        case .purchaseTokens, .cancelPurchase, .sellTokens, .declinePurchase, .tokenPurchase:
            return purchase(amount, reference)
        }
    }

    /// The ABI of a function about purchases.
    private func purchase(_ amount: ABIParameter, _ reference: ABIParameter) -> ABIFunction {
        let seller = ABIParameter("seller", .address)
        let buyer = ABIParameter("buyer", .address)
        let number = ABIParameter("number", .uint(32))
        switch self {
        case .purchaseTokens: return ABIFunction("purchaseTokens", [seller, amount, reference])
        case .cancelPurchase: return ABIFunction("cancelPurchase", [])
        case .sellTokens: return ABIFunction("sellTokens", [buyer, number])
        case .declinePurchase:
            return ABIFunction(
                "declinePurchase", [buyer, number, ABIParameter("reason", .string)])
        default:
            let status = ABIParameter("status", .uint(8))
            return .view(
                "tokenPurchase", [buyer], returns: number, status, seller, amount, reference)
        }
    }
}
