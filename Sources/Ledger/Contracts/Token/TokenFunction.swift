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
        let text = [ABIParameter("", .string)]
        let number = [ABIParameter("", .uint(256))]
        let done = [ABIParameter("", .bool)]
        switch self {
        case .name: return ABIFunction("name", [], returns: text, isView: true)
        case .symbol: return ABIFunction("symbol", [], returns: text, isView: true)
        case .decimals:
            return ABIFunction(
                "decimals", [], returns: [ABIParameter("", .uint(8))], isView: true)
        case .totalSupply: return ABIFunction("totalSupply", [], returns: number, isView: true)
        case .balanceOf:
            return ABIFunction(
                "balanceOf", [ABIParameter("account", .address)], returns: number, isView: true)
        case .transfer: return ABIFunction("transfer", [to, amount], returns: done)
        case .approve: return ABIFunction("approve", [spender, amount], returns: done)
        case .allowance:
            return ABIFunction("allowance", [owner, spender], returns: number, isView: true)
        case .transferFrom:
            return ABIFunction(
                "transferFrom", [ABIParameter("from", .address), to, amount], returns: done)
        case .mint: return ABIFunction("mint", [to, amount, reference])
        case .burn: return ABIFunction("burn", [amount, reference])
        case .purchaseTokens, .cancelPurchase, .sellTokens, .declinePurchase, .tokenPurchase:
            return purchase
        }
    }

    /// The ABI of a function about purchases.
    private var purchase: ABIFunction {
        let seller = ABIParameter("seller", .address)
        let buyer = ABIParameter("buyer", .address)
        let amount = ABIParameter("amount", .uint(256))
        let number = ABIParameter("number", .uint(32))
        let reference = ABIParameter("reference", .string)
        switch self {
        case .purchaseTokens: return ABIFunction("purchaseTokens", [seller, amount, reference])
        case .cancelPurchase: return ABIFunction("cancelPurchase", [])
        case .sellTokens: return ABIFunction("sellTokens", [buyer, number])
        case .declinePurchase:
            return ABIFunction(
                "declinePurchase", [buyer, number, ABIParameter("reason", .string)])
        default:
            return ABIFunction(
                "tokenPurchase", [buyer],
                returns: [number, ABIParameter("status", .uint(8)), seller, amount, reference],
                isView: true)
        }
    }
}
