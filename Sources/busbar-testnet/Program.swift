import Console
import Testnet

/// Everything is in the library, where tests reach it.
@main
enum Program {
    static func main() async { await BusbarTestnet.perform() }
}
