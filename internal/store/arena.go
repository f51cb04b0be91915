package store

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
// Before there is a second thread: later, the limit is not asked for any more.
__attribute__((constructor)) static void one_arena(void) { mallopt(M_ARENA_MAX, 1); }
#endif
*/
import "C"
