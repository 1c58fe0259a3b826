/// The version of the program, as `nnc --version` and `run.json` give it.
public let nncVersion = "0.1.0"
