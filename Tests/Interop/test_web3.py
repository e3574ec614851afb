"""What a program written with web3.py may expect of a node, tried on the running testnet in
the directory BUSBAR_DIR, whose households trade only by hand."""

import json
import os
import time
import unittest

from eth_account import Account
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3RPCError
from web3.logs import DISCARD


def eventually(condition, seconds=60):
    """What `condition` returns, as soon as that is something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


class Household:
    """An account and the contracts, seen through its own node."""

    def __init__(self, endpoints, name):
        node = next(node for node in endpoints["nodes"] if node["name"] == name)
        self.web3 = Web3(Web3.HTTPProvider(node["rpc"]))
        self.listed_address = node["address"]
        with open(node["keystore"], encoding="utf-8") as keystore:
            with open(node["passwordFile"], encoding="utf-8") as password:
                key = Account.decrypt(json.load(keystore), password.read().strip())
        self.account = Account.from_key(key)
        self.address = self.account.address
        self.token = self.contract(endpoints, "EnergyToken")
        self.market = self.contract(endpoints, "EnergyMarket")

    def contract(self, endpoints, name):
        address = Web3.to_checksum_address(endpoints["contracts"][name])
        with open(endpoints["abi"][name], encoding="utf-8") as abi:
            return self.web3.eth.contract(address=address, abi=json.load(abi))

    @property
    def balance(self):
        return self.token.functions.balanceOf(self.address).call()

    @property
    def sender(self):
        nonce = self.web3.eth.get_transaction_count(self.address, "pending")
        return {"from": self.address, "nonce": nonce}

    def transfer(self, receiver, amount=1, **others):
        """The fields of a transfer, of type 0 unless `others` make it another."""
        fees = {} if "maxFeePerGas" in others else {"gasPrice": 0}
        call = {"to": self.token.address, "value": 0, "gas": 200_000, **fees}
        call["nonce"] = self.sender["nonce"]
        call["chainId"] = self.web3.eth.chain_id
        call["data"] = self.token.encode_abi("transfer", [receiver, amount])
        return {**call, **others}

    def send(self, fields):
        """Signs and hands in; the receipt, once the transaction is final."""
        signed = self.account.sign_transaction(fields)
        name = self.web3.eth.send_raw_transaction(signed.raw_transaction)
        return self.web3.eth.wait_for_transaction_receipt(name, timeout=30, poll_latency=0.02)

    def call(self, function):
        return self.send(function.build_transaction(self.sender))


class Web3Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(f"{os.environ['BUSBAR_DIR']}/endpoints.json", encoding="utf-8") as file:
            cls.endpoints = json.load(file)
        cls.seller = Household(cls.endpoints, "h01")
        cls.buyer = Household(cls.endpoints, "h05")
        # The aggregator gives each household its first tokens.
        assert eventually(lambda: cls.seller.balance and cls.buyer.balance), "no tokens"

    def test_it_knows_the_chain(self):
        web3 = self.buyer.web3
        self.assertTrue(web3.is_connected())
        self.assertEqual(web3.eth.chain_id, self.endpoints["chainId"])
        self.assertEqual(int(web3.net.version), self.endpoints["chainId"])
        self.assertTrue(web3.client_version.startswith("Busbar/"))
        self.assertEqual(web3.eth.gas_price, 0)
        self.assertGreater(web3.net.peer_count, 0)
        self.assertFalse(web3.eth.syncing)

    def test_it_opens_keystores_of_busbar(self):
        self.assertEqual(self.buyer.address.lower(), self.buyer.listed_address.lower())

    def test_a_transfer_is_final_at_once(self):
        web3, (was, had) = self.buyer.web3, (self.seller.balance, self.buyer.balance)
        receipt = self.buyer.call(self.buyer.token.functions.transfer(self.seller.address, 12_345))
        self.assertEqual(receipt.status, 1)
        moved = self.buyer.token.events.Transfer().process_receipt(receipt)[0].args
        self.assertEqual((moved["to"], moved.value), (self.seller.address, 12_345))
        self.assertEqual(self.buyer.balance, had - 12_345)
        self.assertTrue(eventually(lambda: self.seller.balance == was + 12_345))
        block = web3.eth.get_block(receipt.blockNumber, True)
        self.assertEqual(block.hash, receipt.blockHash)
        self.assertIn(web3.eth.get_transaction(receipt.transactionHash), block.transactions)

    def test_all_three_types_of_transactions_are_taken(self):
        fees = {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0}
        for type, others in enumerate(({}, {"type": 1, "accessList": []}, {"type": 2, **fees})):
            with self.subTest(type=type):
                receipt = self.buyer.send(self.buyer.transfer(self.seller.address, **others))
                self.assertEqual((receipt.status, receipt.type), (1, type))

    def test_neighbours_trade(self):
        events = self.buyer.market.events
        offered = self.seller.call(self.seller.market.functions.addOffer(200, 20_000))
        number = events.OfferAdded().process_receipt(offered)[0].args.id
        seen = eventually(lambda: events.OfferAdded().get_logs(from_block=offered.blockNumber))
        self.assertEqual((seen[0].args.id, seen[0].args.energy), (number, 200))
        news = self.buyer.web3.eth.filter({"address": self.buyer.market.address})
        picked = self.buyer.call(self.buyer.market.functions.pickOffer(number))
        self.assertEqual(events.OfferPicked().process_receipt(picked, DISCARD)[0].args.id, number)
        names = [entry.transactionHash for entry in news.get_new_entries()]
        self.assertIn(picked.transactionHash, names)
        # The aggregator's process does the rest: payment, delivery, proof, release.
        paid = eventually(lambda: events.SellerPaid().get_logs(from_block=picked.blockNumber))
        self.assertEqual(paid[0].args.id, number)
        self.assertEqual(paid[0].args.amount + paid[0].args.fee + paid[0].args.returned, 20_000)

    def test_it_is_told_why_something_is_refused(self):
        buyer, seller = self.buyer, self.seller.address
        with self.assertRaisesRegex(ContractLogicError, "is less than the amount"):
            buyer.token.functions.transfer(seller, 10**17).call(buyer.sender)
        fields = buyer.transfer(seller)
        buyer.send(fields)
        with self.assertRaisesRegex(Web3RPCError, "nonce too low"):
            buyer.send(fields)
        with self.assertRaisesRegex(Web3RPCError, "chain id"):
            buyer.send(buyer.transfer(seller, chainId=1))
        stranger = Account.create().sign_transaction(buyer.transfer(seller, nonce=0))
        with self.assertRaisesRegex(Web3RPCError, "member"):
            buyer.web3.eth.send_raw_transaction(stranger.raw_transaction)


if __name__ == "__main__":
    unittest.main()
