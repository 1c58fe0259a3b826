/// What the layers are called in Python.
struct TorchNames {
    /// By layer. The layer's own name where that can be an attribute of a module.
    let modules: [String]

    init(_ layers: [String]) {
        var taken: Set<String> = []
        modules = layers.map { layer in
            var name = layer.replacing("-", with: "_")
            while Self.reserved.contains(name) || taken.contains(name) { name += "_" }
            taken.insert(name)
            return name
        }
    }

    /// Python's keywords, the attributes that every `torch.nn.Module` has, and the names that the text of the module uses itself.
    private static let reserved: Set<String> = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for",
        "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
        "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr",
        "float", "forward", "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
        "named_children", "named_modules", "named_parameters", "parameters", "register_backward_hook", "register_buffer", "register_forward_hook",
        "register_forward_pre_hook", "register_full_backward_hook", "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook", "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
        "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train", "training", "type", "xpu", "zero_grad",
        "T_destination", "self", "torch", "nn", "F", "x",
    ]
}
