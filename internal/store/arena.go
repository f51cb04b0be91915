package store

// glibc is kept to one arena: otherwise each thread on which a long transaction ever ran
// keeps the memory of it (docs/decisions/0034-one-arena-for-c.md). The constructor runs
// before there is a second thread; later glibc does not ask for the limit any more.

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
__attribute__((constructor)) static void one_arena(void) { mallopt(M_ARENA_MAX, 1); }
#endif
*/
import "C"
