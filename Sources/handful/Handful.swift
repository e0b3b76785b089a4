import Experiment

@main
struct Handful {
  static func main() {}
}
