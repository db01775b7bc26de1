//! Writes the Kotlin, Swift and Python bindings of the tablet library.

fn main() {
    uniffi::uniffi_bindgen_main();
}
