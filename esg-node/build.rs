//! Says to the linker that Node brings its own half of the interface.

fn main() {
    napi_build::setup();
}
