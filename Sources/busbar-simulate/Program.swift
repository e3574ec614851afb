import Console
import Sweep

/// `busbar-testnet simulate` without the rest of busbar-testnet: it needs the pure targets alone, so
/// that its release build takes a minute where that one's takes many.
@main
enum Program {
    static func main() async { await SimulateCommand.perform() }
}
