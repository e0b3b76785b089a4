// What becomes of memory that was freed.
#pragma once

/// Lets this process keep memory that it frees, up to 128 MiB, for what it asks for next. Matrices of a
/// few hundred rows are megabytes, made and dropped over and over again; glibc gives each back to the kernel,
/// and to have it zeroed anew costs as much as to decompose it. Does nothing where the C library isn't glibc.
void handful_keep_freed_memory(void);
