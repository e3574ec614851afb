import Ledger
import Protocol

@testable import API

/// Every method of JSON-RPC, called as clients call it.
enum RPCExamples {
    /// The calls, to a node with at least a block; `raw` is a transaction's text.
    static func calls(_ node: FakeNode, _ raw: JSON) -> [(method: String, parameters: JSON)] {
        let head = node.latest.current
        let (address, hash) = (JSON.string(node.seller.address.description), head.hash)
        let block = JSON.string(hash.description)
        let market = JSON.string(NativeContract.market.description)
        let trade = JSON.string("0x" + Hexadecimal.encode(MarketCall.trade(OfferID(1))))
        let call: JSON = ["from": address, "to": market, "input": trade, "value": "0x0"]
        let logs: JSON = [
            "fromBlock": "0x1", "toBlock": "0x2", "address": [market],
            "topics": [block, [block]],
        ]
        return [
            ("web3_clientVersion", []), ("web3_sha3", ["0x00"]), ("net_version", []),
            ("net_listening", []), ("net_peerCount", []), ("eth_chainId", []),
            ("eth_syncing", []), ("eth_accounts", []), ("eth_mining", []),
            ("eth_blockNumber", []), ("eth_gasPrice", []), ("eth_maxPriorityFeePerGas", []),
            ("eth_blobBaseFee", []), ("eth_sendRawTransaction", [raw]),
            ("eth_getBalance", [address, "latest"]), ("eth_getCode", [address, "0x1"]),
            ("eth_getStorageAt", [address, "0x0", "latest"]),
            ("eth_getTransactionCount", [address, ["blockNumber": "0x1"]]),
            ("eth_call", [call, ["blockHash": block]]), ("eth_estimateGas", [call, "latest"]),
            ("eth_feeHistory", ["0x4", "latest", [10, .number("50.5")]]),
            ("eth_feeHistory", [4, "0x1", [10]]),
            ("eth_getBlockByNumber", ["0x1", true]), ("eth_getBlockByHash", [block, true]),
            ("eth_getBlockTransactionCountByNumber", ["0x1"]),
            ("eth_getBlockTransactionCountByHash", [block]),
            ("eth_getUncleCountByBlockNumber", ["0x1"]), ("eth_getUncleCountByBlockHash", [block]),
            ("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x0"]),
            ("eth_getTransactionByBlockHashAndIndex", [block, "0x0"]),
            ("eth_getBlockReceipts", ["0x1"]), ("eth_getTransactionByHash", [block]),
            ("eth_getTransactionReceipt", [block]), ("eth_getLogs", [logs]),
            ("eth_getLogs", [["blockHash": block]]), ("eth_newFilter", [logs]),
            ("eth_newBlockFilter", []), ("eth_newPendingTransactionFilter", []),
            ("eth_getFilterChanges", ["0x1"]), ("eth_getFilterLogs", ["0x1"]),
            ("eth_uninstallFilter", ["0x1"]),
        ]
    }
}

extension JSON {
    /// This value with each of its values in turn, whole and inside, replaced by `value`.
    func replacements(by value: JSON) -> [JSON] {
        switch self {
        case .array(let elements):
            [value]
                + elements.indices.flatMap { place in
                    elements[place].replacements(by: value).map { changed in
                        var elements = elements
                        elements[place] = changed
                        return .array(elements)
                    }
                }
        case .object(let members):
            [value]
                + members.indices.flatMap { place in
                    members[place].value.replacements(by: value).map { changed in
                        var members = members
                        members[place] = JSON.Member(members[place].name, changed)
                        return .object(members)
                    }
                }
        default: [value]
        }
    }
}
