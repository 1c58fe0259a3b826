#include <stddef.h>
#include <stdint.h>

// Of libFuzzer, which the compiler links in: runs `callback` on inputs of its own making, as the arguments say.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
