/* librdkafka uses C11 threads, which ThreadSanitizer does not intercept: it would see neither the threads' start nor
 * their locks, and crash in them. These definitions in the executable take the place of the C library's and go through
 * pthreads, which it does intercept. glibc's mtx_t and cnd_t have the size and the initial value of the pthread types. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "mtx_t holds a pthread_mutex_t");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "cnd_t holds a pthread_cond_t");

static int result(int error) {
  switch (error) {
    case 0: return thrd_success;
    case ENOMEM: return thrd_nomem;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    default: return thrd_error;
  }
}

struct start {
  thrd_start_t function;
  void* argument;
};

static void* run(void* raw) {
  struct start s = *(struct start*)raw;
  free(raw);
  return (void*)(intptr_t)s.function(s.argument);
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  struct start* s = malloc(sizeof *s);
  if (!s) return thrd_nomem;
  s->function = function;
  s->argument = argument;
  int error = pthread_create((pthread_t*)thread, 0, run, s);
  if (error) free(s);
  return result(error == EAGAIN ? ENOMEM : error);
}

int thrd_join(thrd_t thread, int* status) {
  void* value = 0;
  int error = pthread_join((pthread_t)thread, &value);
  if (!error && status) *status = (int)(intptr_t)value;
  return result(error);
}

int thrd_detach(thrd_t thread) { return result(pthread_detach((pthread_t)thread)); }

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes,
                            type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  int error = pthread_mutex_init((pthread_mutex_t*)mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return result(error);
}

int mtx_lock(mtx_t* mutex) { return result(pthread_mutex_lock((pthread_mutex_t*)mutex)); }
int mtx_trylock(mtx_t* mutex) { return result(pthread_mutex_trylock((pthread_mutex_t*)mutex)); }
int mtx_unlock(mtx_t* mutex) { return result(pthread_mutex_unlock((pthread_mutex_t*)mutex)); }
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy((pthread_mutex_t*)mutex); }
int mtx_timedlock(mtx_t* restrict mutex, const struct timespec* restrict until) {
  return result(pthread_mutex_timedlock((pthread_mutex_t*)mutex, until));
}

int cnd_init(cnd_t* condition) { return result(pthread_cond_init((pthread_cond_t*)condition, 0)); }
int cnd_signal(cnd_t* condition) { return result(pthread_cond_signal((pthread_cond_t*)condition)); }
int cnd_broadcast(cnd_t* condition) {
  return result(pthread_cond_broadcast((pthread_cond_t*)condition));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return result(pthread_cond_wait((pthread_cond_t*)condition, (pthread_mutex_t*)mutex));
}
int cnd_timedwait(cnd_t* restrict condition, mtx_t* restrict mutex,
                  const struct timespec* restrict until) {
  return result(
      pthread_cond_timedwait((pthread_cond_t*)condition, (pthread_mutex_t*)mutex, until));
}
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy((pthread_cond_t*)condition); }
