//! rbpf behind C functions: a program is made, compiled and run over memory, whose first byte `r1` points to.

use std::slice;

/// A program over memory. Its instructions live as long as the process.
pub struct Program(rbpf::EbpfVmRaw<'static>);

/// Makes a program of encoded instructions; null where rbpf refuses them.
///
/// # Safety
/// `code` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rbpf_peer_make(code: *const u8, length: usize) -> *mut Program {
    let code: &'static [u8] = unsafe { slice::from_raw_parts(code, length) }.to_vec().leak();
    match rbpf::EbpfVmRaw::new(Some(code)) {
        Ok(program) => Box::into_raw(Box::new(Program(program))),
        Err(_) => std::ptr::null_mut(),
    }
}

/// Compiles a program; whether that was possible.
///
/// # Safety
/// `program` is of `rbpf_peer_make`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rbpf_peer_compile(program: *mut Program) -> bool {
    unsafe { &mut *program }.0.jit_compile().is_ok()
}

/// Runs a compiled program: `r0`.
///
/// # Safety
/// `program` was compiled, and `memory` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rbpf_peer_run_compiled(program: *mut Program, memory: *mut u8, length: usize) -> u64 {
    let memory: &'static mut [u8] = unsafe { slice::from_raw_parts_mut(memory, length) };
    unsafe { (*program).0.execute_program_jit(memory) }.unwrap_or(u64::MAX)
}

/// Runs a program in rbpf's interpreter: `r0`.
///
/// # Safety
/// `program` is of `rbpf_peer_make`, and `memory` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rbpf_peer_interpret(program: *mut Program, memory: *mut u8, length: usize) -> u64 {
    let memory: &'static mut [u8] = unsafe { slice::from_raw_parts_mut(memory, length) };
    unsafe { &mut *program }.0.execute_program(memory).unwrap_or(u64::MAX)
}
