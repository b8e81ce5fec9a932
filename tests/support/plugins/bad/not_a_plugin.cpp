// A shared library that has nothing to do with Weir.
extern "C" __attribute__((visibility("default"))) int answer() { return 42; }
