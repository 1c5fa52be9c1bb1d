//! Keeps the system's OpenGL in memory.

use std::sync::Once;

/// Loads the system's EGL for as long as the process lives. Called on the host's main thread before a window opens.
///
/// The framework unloads it with the last window; Mesa's lets each thread that has drawn call it once more as the
/// thread ends, which may be later, and the host then runs code that is gone. Where there is no EGL nothing happens.
pub fn keep() {
    static KEPT: Once = Once::new();
    KEPT.call_once(|| {
        // SAFETY: the name ends with a zero and lives for ever. The library is the one that the framework loads for
        // the window anyway; nothing of it is called, and it is never unloaded.
        unsafe { libc::dlopen(c"libEGL.so.1".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NODELETE) };
    });
}
