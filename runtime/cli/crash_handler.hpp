// A last word when the process crashes: which plugin it was.
#pragma once

namespace weir::runtime::cli {

/// On SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT: one line on stderr with the thread's name and
/// the plugin nearest to the fault, then exit status 71. Does nothing in a build with sanitizers,
/// which have their own. Once, early.
void report_crashes() noexcept;

}  // namespace weir::runtime::cli
