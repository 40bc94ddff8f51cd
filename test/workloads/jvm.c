/*
 * Lives like a Java virtual machine for 20 seconds, as far as HotSpot's static probes tell: each 100 ms a method is
 * entered three times, a thread starts and stops, native code calls two JNI functions, and a full garbage collection of
 * 20 ms runs. Probes, arguments and their sizes are those of OpenJDK 17 (src/hotspot/os/posix/dtrace/hotspot.d; readelf -n libjvm.so). Texts do not end with
 * a zero: what lies behind them must not show. They lie on the stack, where a probe finds them in memory.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "usdt.h"

static void pass(long ms) { nanosleep(&(struct timespec){0, ms * 1000000}, NULL); }

static void gc(void)
{
	char full = 1;

	USDT("hotspot", "gc__begin", "1@%0", "q"(full));
	pass(20);
	__asm__ volatile(USDT_NOTE("hotspot", "gc__end", "0", "")::: "memory");
}

static void thread(long id)
{
	char name[] = "worker-1 and more";
	int length = strlen("worker-1");
	long native = getpid();
	char daemon = 0;

	USDT("hotspot", "thread__start", "8@%0 -4@%1 -8@%2 8@%3 1@%4", "r"(name), "r"(length), "r"(id), "r"(native),
	     "q"(daemon), "m"(name));
	USDT("hotspot", "thread__stop", "8@%0 -4@%1 -8@%2 8@%3 1@%4", "r"(name), "r"(length), "r"(id), "r"(native),
	     "q"(daemon), "m"(name));
}

static void method(void)
{
	char class[] = "org/tsbt/Workand more", name[] = "stepand more", signature[] = "()V";
	long id = 1;
	int class_length = strlen("org/tsbt/Work"), name_length = strlen("step"), signature_length = 3;

	USDT("hotspot", "method__entry", "-8@%0 8@%1 -4@%2 8@%3 -4@%4 8@%5 -4@%6", "r"(id), "r"(class), "m"(class_length),
	     "r"(name), "m"(name_length), "r"(signature), "m"(signature_length), "m"(class), "m"(name), "m"(signature));
}

/* By the names that HotSpot's functions of the Java Native Interface have (src/hotspot/share/prims/jni.cpp). */
__attribute__((noipa)) void *jni_FindClass(void *env, const char *name) { return *name ? env : NULL; }
__attribute__((noipa)) int jni_GetArrayLength(void *env, void *array) { return env == array; }

__attribute__((noipa)) int native_step(void *env)
{
	int sum = jni_FindClass(env, "org/tsbt/Work") != NULL;

	return sum + jni_GetArrayLength(env, env) + jni_GetArrayLength(env, &sum);
}

int main(void)
{
	for (long i = 0; i < 150; i++) {
		for (int calls = 0; calls < 3; calls++)
			method();
		thread(i);
		native_step(&i);
		gc();
		pass(80);
	}
	return 0;
}
