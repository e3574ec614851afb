import Console

@main
enum Program {
    static func main() async {
        ProcessSecrecy.begin()
        await Busbar.main()
    }
}
