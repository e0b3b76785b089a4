/* The part of <string.h> that the firmware uses; startup.c defines it. There is no C library. */
#ifndef MPS2_AN385_STRING_H
#define MPS2_AN385_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *one, const void *other, size_t count);
size_t strlen(const char *text);

#endif
